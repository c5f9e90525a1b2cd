#include "base/clock.h"
#include "base/endpoint.h"
#include "base/log_channel.h"
#include "base/log_sink.h"

#include <spdlog/details/null_mutex.h>
#include <spdlog/sinks/base_sink.h>

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::base::log {
namespace {

/// Of one flush: a receiver that is only busy gets this much time to make room. One that took none
/// in it has stopped, and is waited for again only after it has taken a line.
constexpr std::chrono::milliseconds kPatience{50};

/// Owned by the Scribe, which sees to it that one thread at a time is in here.
///
///   unconnected --first line--> connected --receiver has gone--> unconnected, tried again once
class DatagramSink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
 public:
  explicit DatagramSink(const Endpoint& receiver) : receiver_(receiver) {
    ends_.reserve(Channel::kBatchLines);
  }

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    gathered_.append(message.payload.data(), message.payload.size());
    ends_.push_back(gathered_.size());
  }

  void flush_() override {
    patient_until_ = Clock::now() + kPatience;
    has_gone_ = false;
    has_taken_ = false;
    std::size_t lost = 0;
    int error = 0;
    std::size_t begin = 0;
    for (const std::size_t end : ends_) {
      const int failure = send(std::string_view(gathered_).substr(begin, end - begin));
      begin = end;
      if (failure == 0) continue;
      error = failure;
      ++lost;
    }
    gathered_.clear();
    ends_.clear();  // what failed is not tried again
    if (lost > 0) throw LinesLost(lost, error);
  }

 private:
  /// 0, or why that line is lost.
  int send(std::string_view line) noexcept {
    bool is_new = false;
    for (;;) {
      if (!socket_) {
        if (const int error = connect(); error != 0) return error;
        is_new = true;
      }
      const ssize_t sent = ::send(socket_.get(), line.data(), line.size(), MSG_NOSIGNAL);
      if (sent >= 0) {
        has_taken_ = true;
        has_stopped_ = false;
        return 0;
      }
      const int error = errno;
      if (error == EINTR) continue;
      if (error == EMSGSIZE) return error;
      if (error == EAGAIN || error == ENOBUFS) {
        if (!wait_for_room()) return error;
        continue;
      }
      socket_.reset();
      if (is_new) return error;  // else another may have taken the place of one that has gone
    }
  }

  int connect() noexcept {
    if (has_gone_) return ENOTCONN;  // as found a moment ago, in this flush
    Descriptor made(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!made) return errno;
    if (::connect(made.get(), receiver_.data(), receiver_.size()) != 0) {
      const int error = errno;
      has_gone_ = true;
      return error;
    }
    socket_ = std::move(made);
    return 0;
  }

  bool wait_for_room() noexcept {
    if (has_stopped_) return false;
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(patient_until_ - Clock::now()).count();
    pollfd room{socket_.get(), POLLOUT, 0};
    if (left > 0 && ::poll(&room, 1, static_cast<int>(left)) > 0) return true;
    has_stopped_ = !has_taken_;
    return false;
  }

  const Endpoint receiver_;
  Descriptor socket_;
  bool has_gone_ = false;
  bool has_taken_ = false;    ///< a line, in this flush
  bool has_stopped_ = false;  ///< in a flush of which it took none
  TimePoint patient_until_;
  std::string gathered_;
  std::vector<std::size_t> ends_;  ///< of each line in it
};

}  // namespace

SinkPtr make_datagram_sink(const Endpoint& receiver) {
  return std::make_shared<DatagramSink>(receiver);
}

}  // namespace weir::base::log
