// The servers behind the proxies: echo gives back what it gets, sink reads and checks, source sends
// until told not to. An echo that is asked for kPour (bulk --ask) becomes a source: mice and
// elephants behind one address.
#include "bench/load/arguments.h"
#include "bench/load/json_line.h"
#include "bench/load/modes.h"
#include "bench/load/pattern.h"
#include "bench/load/poller.h"
#include "bench/load/socket.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string_view>

namespace load {
namespace {

constexpr int kAcceptsPerTurn = 64;
constexpr std::size_t kScratchBytes = 64 * 1024;
constexpr auto kTurn = std::chrono::seconds(10);

enum class Kind { echo, sink, source };

Kind parse_kind(const std::string& text) {
  if (text == "echo") return Kind::echo;
  return text == "sink" ? Kind::sink : Kind::source;
}

class Backend {
 public:
  Backend(Kind kind, Descriptor listener, bool ends_with_input)
      : kind_(kind), listener_(std::move(listener)), pattern_(0) {
    poller_.add(listener_.get(), EPOLLIN, static_cast<std::uint64_t>(listener_.get()));
    if (ends_with_input) poller_.add(STDIN_FILENO, EPOLLIN, STDIN_FILENO);
  }

  void run() {
    for (;;) {
      for (const epoll_event& event : poller_.wait(kTurn)) {
        const int fd = static_cast<int>(event.data.u64);
        if (fd == STDIN_FILENO) return;
        if (fd == listener_.get()) {
          accept_some();
        } else if (!serve(*connections_[event.data.u64], event.events)) {
          connections_[event.data.u64].reset();
        }
      }
    }
  }

 private:
  struct Connection {
    Descriptor fd;
    std::vector<char> unsent;    // echo: what the peer has not taken yet; reading pauses meanwhile
    std::uint64_t position = 0;  // in the pattern's stream
    Kind kind = Kind::echo;
  };

  void accept_some() {
    for (int i = 0; i < kAcceptsPerTurn; ++i) {
      Descriptor fd(accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
      if (!fd) {
        if (errno == EAGAIN || errno == ECONNABORTED || errno == EINTR) return;
        throw_errno("accept");
      }
      const auto index = static_cast<std::size_t>(fd.get());
      poller_.add(fd.get(), kind_ == Kind::source ? EPOLLIN | EPOLLOUT : EPOLLIN, index);
      if (connections_.size() <= index) connections_.resize(index + 1);
      connections_[index] = std::make_unique<Connection>();
      connections_[index]->fd = std::move(fd);
      connections_[index]->kind = kind_;
    }
  }

  // False ends the connection.
  bool serve(Connection& connection, std::uint32_t events) {
    if ((events & EPOLLOUT) != 0) {
      const bool pours = connection.kind == Kind::source;
      const bool goes_on = pours ? pour(connection) : flush(connection);
      if (!goes_on) return false;
    }
    if ((events & ~static_cast<std::uint32_t>(EPOLLOUT)) == 0) return true;
    const ssize_t bytes = ::recv(connection.fd.get(), scratch_.data(), scratch_.size(), 0);
    if (bytes < 0) return errno == EAGAIN || errno == EINTR;
    if (bytes == 0) return false;
    const std::span received(scratch_.data(), static_cast<std::size_t>(bytes));
    if (connection.kind != Kind::echo) return swallow(connection, received);
    if (std::string_view(received.data(), received.size()) != kPour)
      return give_back(connection, received);
    connection.kind = Kind::source;
    watch(connection, EPOLLIN | EPOLLOUT);
    return true;
  }

  bool give_back(Connection& connection, std::span<const char> bytes) {
    const ssize_t sent = ::send(connection.fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN && errno != EINTR) return false;
    const auto count = static_cast<std::size_t>(std::max<ssize_t>(sent, 0));
    if (count == bytes.size()) return true;
    connection.unsent.assign(bytes.begin() + static_cast<std::ptrdiff_t>(count), bytes.end());
    watch(connection, EPOLLOUT);
    return true;
  }

  bool flush(Connection& connection) {
    std::vector<char> unsent = std::move(connection.unsent);
    connection.unsent.clear();
    watch(connection, EPOLLIN);
    return give_back(connection, unsent);
  }

  bool swallow(Connection& connection, std::span<const char> bytes) {
    if (connection.kind == Kind::sink && !pattern_.stream_matches(connection.position, bytes)) {
      throw std::runtime_error("sink: wrong bytes near " + std::to_string(connection.position));
    }
    connection.position += bytes.size();
    return true;
  }

  bool pour(Connection& connection) {
    const auto piece = pattern_.stream(connection.position);
    const ssize_t sent = ::send(connection.fd.get(), piece.data(), piece.size(), MSG_NOSIGNAL);
    if (sent < 0) return errno == EAGAIN || errno == EINTR;
    connection.position += static_cast<std::uint64_t>(sent);
    return true;
  }

  void watch(const Connection& connection, std::uint32_t events) {
    poller_.modify(connection.fd.get(), events, static_cast<std::uint64_t>(connection.fd.get()));
  }

  Kind kind_;
  Descriptor listener_;
  Pattern pattern_;
  Poller poller_;
  std::vector<std::unique_ptr<Connection>> connections_;  // by descriptor
  std::array<char, kScratchBytes> scratch_{};
};

}  // namespace

int run_backend(const std::string& kind, const Words& words) {
  const Arguments arguments(words, {"--listen"}, {"--until-input-ends"});
  require_descriptors(0);
  Descriptor listener = listen_on(Endpoint::parse(arguments.text("--listen")));
  const std::string address = local_address(listener.get());
  const auto backend = std::make_unique<Backend>(parse_kind(kind), std::move(listener),
                                                 arguments.has("--until-input-ends"));
  JsonLine().add("listening", address).print();
  backend->run();
  return 0;
}

}  // namespace load
