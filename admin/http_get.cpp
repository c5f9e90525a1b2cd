#include "admin/http_get.h"

#include "base/clock.h"
#include "base/descriptor.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <system_error>

namespace weir::admin {
namespace {

constexpr std::string_view kVersion = "HTTP/1.";
constexpr std::size_t kStatusEnd = sizeof("HTTP/1.1 200") - 1;

std::error_code last_error() { return {errno, std::generic_category()}; }

/// One exchange: blocking calls on a non-blocking socket, all under one deadline.
class Exchange {
 public:
  Exchange(const base::Endpoint& address, base::TimePoint deadline)
      : socket_(::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)),
        deadline_(deadline) {}

  std::error_code connect(const base::Endpoint& address) {
    if (::connect(socket_.get(), address.data(), address.size()) == 0) return {};
    if (errno != EINPROGRESS) return last_error();
    if (const auto error = wait(POLLOUT)) return error;
    int failure = 0;
    socklen_t size = sizeof failure;
    ::getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &failure, &size);
    return {failure, std::generic_category()};
  }

  std::error_code send(std::string_view text) {
    while (!text.empty()) {
      const ssize_t sent = ::send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL);
      if (sent >= 0) {
        text.remove_prefix(static_cast<std::size_t>(sent));
      } else if (errno != EAGAIN) {
        return last_error();
      } else if (const auto error = wait(POLLOUT)) {
        return error;
      }
    }
    return {};
  }

  /// Fills `text` to `size`, or to what comes before the end of the stream.
  std::error_code receive(std::string& text, std::size_t size) {
    char buffer[64];
    while (text.size() < size) {
      const std::size_t room = std::min(sizeof buffer, size - text.size());
      const ssize_t received = ::recv(socket_.get(), buffer, room, 0);
      if (received == 0) return {};
      if (received > 0) {
        text.append(buffer, static_cast<std::size_t>(received));
      } else if (errno != EAGAIN) {
        return last_error();
      } else if (const auto error = wait(POLLIN)) {
        return error;
      }
    }
    return {};
  }

 private:
  std::error_code wait(short events) {
    for (;;) {
      const base::Duration time_left = deadline_ - base::Clock::now();
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(time_left);
      if (left.count() <= 0) return std::make_error_code(std::errc::timed_out);
      pollfd ready{socket_.get(), events, 0};
      if (::poll(&ready, 1, static_cast<int>(left.count())) > 0) return {};
    }
  }

  base::Descriptor socket_;
  base::TimePoint deadline_;
};

/// 0 when the text does not begin like an HTTP answer.
unsigned parse_status(std::string_view head) {
  unsigned status = 0;
  if (head.size() != kStatusEnd || !head.starts_with(kVersion)) return 0;
  std::from_chars(head.data() + kStatusEnd - 3, head.data() + kStatusEnd, status);
  return status;
}

}  // namespace

HttpStatus http_get(const base::Endpoint& address, std::string_view target,
                    std::chrono::milliseconds timeout) {
  const std::string request =
      "GET " + std::string(target) + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
  Exchange exchange(address, base::Clock::now() + timeout);
  std::string head;
  std::error_code error = exchange.connect(address);
  if (!error) error = exchange.send(request);
  if (!error) error = exchange.receive(head, kStatusEnd);
  if (error) return {0, address.to_string() + ": " + error.message()};
  const unsigned status = parse_status(head);
  if (status == 0) return {0, address.to_string() + ": no HTTP answer"};
  return {status, {}};
}

}  // namespace weir::admin
