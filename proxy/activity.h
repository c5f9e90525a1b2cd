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

  /// Both in one word, so that other threads may read them, and the other way round.
  [[nodiscard]] constexpr std::uint64_t word() const noexcept {
    return std::uint64_t{generation} << 32 | index;
  }
  [[nodiscard]] static constexpr SessionId of(std::uint64_t word) noexcept {
    return {static_cast<std::uint32_t>(word), static_cast<std::uint32_t>(word >> 32)};
  }
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

/// Published by one reactor at the begin of each handler: one or two plain stores, no clock. The
/// watchdog looks now and then, and knows a handler that goes on for long by its number.
class Activity {
 public:
  struct Reading {
    std::uint64_t handler = 0;  ///< numbers rise with each handler
    Work work = Work::waiting;
    SessionId session;  ///< of relay and establish; none of the others
  };

  /// The reactor's thread.
  [[gnu::always_inline]] void begin(Work work) noexcept {
    const std::uint64_t next = (word_.load(std::memory_order_relaxed) | kWorkMask) + 1;
    word_.store(next + static_cast<std::uint64_t>(work), std::memory_order_release);
  }
  [[gnu::always_inline]] void begin(Work work, SessionId session) noexcept {
    session_.store(session.word(), std::memory_order_relaxed);
    begin(work);
  }

  /// Any thread. Of a handler that ends while it is read, the session may be that of the next.
  [[nodiscard]] Reading read() const noexcept {
    const std::uint64_t word = word_.load(std::memory_order_acquire);
    const std::uint64_t session = session_.load(std::memory_order_relaxed);
    const auto work = static_cast<Work>(word & kWorkMask);
    const bool is_of_session = work == Work::relay || work == Work::establish;
    return {word >> kWorkBits, work, is_of_session ? SessionId::of(session) : SessionId{}};
  }

 private:
  static constexpr unsigned kWorkBits = 4;
  static constexpr std::uint64_t kWorkMask = (1U << kWorkBits) - 1;

  std::atomic<std::uint64_t> word_{0};     ///< number and work of the present handler
  std::atomic<std::uint64_t> session_{0};  ///< of the last one that was of a session
};

}  // namespace weir::proxy
