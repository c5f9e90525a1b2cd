#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace weir::proxy {

/// A session's number on its reactor: its place in the slab, and which of that place's tenants.
struct SessionId {
  std::uint32_t index = 0;
  std::uint32_t generation = 0;
  bool operator==(const SessionId&) const = default;
};

/// What a reactor's thread is doing. The log, the API and the recorder say it so.
enum class Work : std::uint8_t {
  waiting,    ///< in the kernel, for events
  relay,      ///< moving a session's bytes
  establish,  ///< picking a session's backend and connecting to it
  deadlines,  ///< looking at sessions whose time may be up
  accept,     ///< taking connections off the kernel's queue
  arrivals,   ///< taking connections over from the accept thread
  command,    ///< what another thread has posted, or a timer of its own
};
inline constexpr std::size_t kWorkCount = 7;

[[nodiscard]] constexpr std::string_view to_string(Work work) noexcept {
  constexpr std::string_view kNames[kWorkCount] = {"waiting", "relay",    "establish", "deadlines",
                                                   "accept",  "arrivals", "command"};
  return kNames[static_cast<std::size_t>(work)];
}

/// Published by one reactor at the begin of each handler: two plain stores, no clock. The watchdog
/// looks now and then, and knows a handler that goes on for long by its number.
class Activity {
 public:
  struct Reading {
    std::uint64_t handler = 0;  ///< numbers rise with each handler
    Work work = Work::waiting;
    SessionId session;  ///< of relay and establish
  };

  /// The reactor's thread.
  void begin(Work work, SessionId session = {}) noexcept {
    session_.store((std::uint64_t{session.index} << 32) | session.generation,
                   std::memory_order_relaxed);
    ++handler_;
    word_.store(handler_ << kWorkBits | static_cast<std::uint64_t>(work),
                std::memory_order_release);
  }

  /// Any thread. Of a handler that ends while it is read, the session may be that of the next.
  [[nodiscard]] Reading read() const noexcept {
    const std::uint64_t word = word_.load(std::memory_order_acquire);
    const std::uint64_t session = session_.load(std::memory_order_relaxed);
    return {word >> kWorkBits,
            static_cast<Work>(word & ((1U << kWorkBits) - 1)),
            {static_cast<std::uint32_t>(session >> 32), static_cast<std::uint32_t>(session)}};
  }

 private:
  static constexpr unsigned kWorkBits = 4;

  std::uint64_t handler_ = 0;
  std::atomic<std::uint64_t> word_{0};  ///< number and work of the present handler
  std::atomic<std::uint64_t> session_{0};
};

}  // namespace weir::proxy
