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

/// Published by one reactor at the begin of each handler, without a clock, by two plain stores: the
/// kind of work, and the session, or a count where there is none. The watchdog looks now and then,
/// and knows a handler that goes on for long by its reading staying the same.
class Activity {
 public:
  /// Of two different handlers two readings differ, but for one of a session that is served twice
  /// between two waits.
  struct Reading {
    std::int64_t spell = 0;     ///< of the reactor's BusyTime
    std::uint64_t handler = 0;  ///< rises with each that is not of a session
    Work work = Work::waiting;
    SessionId session;  ///< of relay and establish; none of the others
    bool operator==(const Reading&) const = default;
  };

  /// The reactor's thread.
  [[gnu::always_inline]] void begin(Work work) noexcept {
    handlers_.store(handlers_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    work_.store(work, std::memory_order_release);
  }
  [[gnu::always_inline]] void begin(Work work, SessionId session) noexcept {
    session_.store(session.word(), std::memory_order_relaxed);
    work_.store(work, std::memory_order_release);
  }

  /// Any thread. Of a handler that begins while it is read, a part may be of the one before.
  /// @param spell that BusyTime's, asked for just before: whether it waits for events
  [[nodiscard]] Reading read(std::int64_t spell) const noexcept {
    if (spell >= 0) return {spell, 0, Work::waiting, {}};
    const Work work = work_.load(std::memory_order_acquire);
    const SessionId session = SessionId::of(session_.load(std::memory_order_relaxed));
    const bool is_of_session = work == Work::relay || work == Work::establish;
    return {spell, handlers_.load(std::memory_order_relaxed), work,
            is_of_session ? session : SessionId{}};
  }

 private:
  std::atomic<std::uint64_t> handlers_{0};
  std::atomic<std::uint64_t> session_{0};  ///< of the last handler that was of one
  std::atomic<Work> work_{Work::command};
};

}  // namespace weir::proxy
