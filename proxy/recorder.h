#pragma once

#include "base/clock.h"
#include "proxy/activity.h"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace weir::proxy {

/// What a reactor remembers of. `result` and `value` of an Event are said with each.
enum class EventKind : std::uint8_t {
  arrived,         ///< a session began; value: its listener
  connecting,      ///< to a backend; value: its slot
  connect_failed,  ///< result: balancer::ConnectError; value: the slot
  relaying,        ///< connected, value: microseconds that took
  served,          ///< its bytes were moved; result: Next; value: how many
  deadline,        ///< a time it waited for is up
  fault,           ///< its handler threw
  ended,           ///< result: phase; value: who, how (in the second and first byte)
  command,         ///< of another thread; result: Command
};
inline constexpr std::size_t kEventKindCount = 9;

/// What other threads ask of a reactor.
enum class Command : std::uint8_t {
  accept,
  finish,
  snapshot,
  drain,
  end_backend,        ///< it has left or is down: sessions that are connected to it
  end_backend_asked,  ///< by an operator: those that connect to it too
  end_session,
  end_all,
  look
};
inline constexpr std::size_t kCommandCount = 9;

[[nodiscard]] std::string_view to_string(EventKind kind) noexcept;
[[nodiscard]] std::string_view to_string(Command command) noexcept;

struct Event {
  base::TimePoint time;  ///< of the turn it fell into
  SessionId session;     ///< none of a command
  EventKind kind = EventKind::arrived;
  std::uint8_t result = 0;
  std::uint32_t value = 0;
};

/// The flight recorder of one reactor: the last events of it, always on, for the question why a
/// handler ran and what came before a stall or a crash. A ring of plain stores, 24 bytes an event,
/// 96 KiB in all; whoever reads copies it and leaves out what was overwritten meanwhile (a sequence
/// lock by place: Boehm, "Can Seqlocks Get Along With Programming Language Memory Models?", 2012).
class Recorder {
 public:
  static constexpr std::size_t kEvents = 4096;

  /// The reactor's thread.
  [[gnu::always_inline]] void record(base::TimePoint time, EventKind kind, SessionId session,
                                     std::uint8_t result = 0, std::uint32_t value = 0) noexcept {
    const std::uint64_t number = recorded_.load(std::memory_order_relaxed);
    const std::size_t place = number % kEvents;
    // Whoever reads a part of this event sees, after its own fence, that it is being written.
    std::atomic_thread_fence(std::memory_order_release);
    times_.data()[place].store(time.time_since_epoch().count(), std::memory_order_relaxed);
    sessions_.data()[place].store(session.word(), std::memory_order_relaxed);
    details_.data()[place].store(std::uint64_t{static_cast<std::uint8_t>(kind)} << kKindShift |
                                     std::uint64_t{result} << kResultShift | value,
                                 std::memory_order_relaxed);
    recorded_.store(number + 1, std::memory_order_release);
  }

  /// The last of them, oldest first. Any thread.
  [[nodiscard]] std::vector<Event> last(std::size_t most = kEvents) const;
  /// Hands the last of them to `tell`, oldest first; for a crash: allocates nothing, and is not
  /// mended when one is overwritten meanwhile.
  void tell_last(std::size_t most, void (*tell)(const Event&, void*), void* context) const noexcept;

 private:
  static constexpr unsigned kKindShift = 40;
  static constexpr unsigned kResultShift = 32;

  [[nodiscard]] Event at(std::uint64_t number) const noexcept;

  // Side by side, for the address of each is then known without arithmetic.
  std::array<std::atomic<std::int64_t>, kEvents> times_{};
  std::array<std::atomic<std::uint64_t>, kEvents> sessions_{};
  std::array<std::atomic<std::uint64_t>, kEvents> details_{};  ///< kind, result, value
  std::atomic<std::uint64_t> recorded_{0};  ///< how many ever; the next one's number
};

}  // namespace weir::proxy
