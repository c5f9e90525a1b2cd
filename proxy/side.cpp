#include "proxy/side.h"

#include "base/uncancelled.h"

#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace weir::proxy {

Transfer Side::read(std::span<std::byte> buffer) noexcept {
  for (;;) {
    const ssize_t count = base::uncancelled::recv(fd, buffer.data(), buffer.size());
    if (count > 0) {
      const auto bytes = static_cast<std::size_t>(count);
      if (bytes < buffer.size() && !read_on && !is_unix) readable = false;
      return {Transfer::Result::moved, bytes};
    }
    if (count == 0) {
      readable = false;
      ended = true;
      return {Transfer::Result::end};
    }
    if (errno == EINTR) continue;
    readable = false;
    if (errno == EAGAIN) return {Transfer::Result::would_block};
    if (errno == ENOBUFS ||
        errno == ENOMEM) {  // the kernel is short for a moment: no edge will come
      readable = true;
      return {Transfer::Result::would_block};
    }
    ended = true;
    if (error == 0) error = static_cast<std::uint16_t>(errno);
    return {Transfer::Result::failed};
  }
}

Transfer Side::write(std::span<const std::byte> bytes) noexcept {
  for (;;) {
    const ssize_t count = base::uncancelled::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count >= 0) {
      const auto moved = static_cast<std::size_t>(count);
      if (moved < bytes.size()) writable = false;
      return {Transfer::Result::moved, moved};
    }
    if (errno == EINTR) continue;
    if (errno == EAGAIN) {
      writable = false;
      return {Transfer::Result::would_block};
    }
    if (errno == ENOBUFS || errno == ENOMEM) return {Transfer::Result::would_block};
    if (error == 0) error = static_cast<std::uint16_t>(errno);
    return {Transfer::Result::failed};
  }
}

void Side::shutdown_write() noexcept {
  if (fin_sent) return;
  fin_sent = true;
  ::shutdown(fd, SHUT_WR);
}

void Side::keep_alive() noexcept {
  const int on = 1;
  if (!is_unix) ::setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
}

void Side::take_events(std::uint32_t events) noexcept {
  if ((events & EPOLLIN) != 0 && !ended) readable = true;
  if ((events & EPOLLOUT) != 0) writable = true;
  if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR | EPOLLPRI)) != 0) {
    read_on = true;
    if (!ended) readable = true;
  }
  // tcp_read_sock(), below splice(2), does not go past the urgent mark; recv(2) does.
  if ((events & EPOLLPRI) != 0) cannot_splice = true;
  if ((events & EPOLLERR) != 0 && error == 0) {
    int pending = 0;
    socklen_t size = sizeof pending;
    if (::getsockopt(fd, SOL_SOCKET, SO_ERROR, &pending, &size) == 0 && pending != 0)
      error = static_cast<std::uint16_t>(pending);
  }
}

bool Side::send_queue_empty() const noexcept {
  if (is_unix || failed()) return true;
  int queued = 0;
  if (::ioctl(fd, SIOCOUTQ, &queued) != 0) return true;
  return queued == 0;
}

std::optional<TcpFacts> Side::tcp_facts() const noexcept {
  if (fd < 0 || is_unix) return {};
  tcp_info info{};
  socklen_t size = sizeof info;
  if (::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return {};
  return TcpFacts{{info.tcpi_rtt, info.tcpi_total_retrans},
                  info.tcpi_rttvar,
                  info.tcpi_snd_cwnd,
                  info.tcpi_unacked};
}

void Side::close(bool with_reset) noexcept {
  if (fd < 0) return;
  if (with_reset && !is_unix) {
    const linger now{1, 0};
    ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  }
  base::uncancelled::close(fd);
  fd = -1;
}

}  // namespace weir::proxy
