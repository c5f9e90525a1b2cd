#pragma once

#include "base/clock.h"
#include "metrics/counter.h"

#include <boost/intrusive/list.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace weir::proxy {

/// What can stand on the wheel: a base of Session. Cancelled before it is destroyed.
struct Timed {
  boost::intrusive::list_member_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>
      hook;
};

/// The coarse wheel of a reactor's deadlines: 256 slots of 25 ms, hashed (Varghese and Lauck,
/// "Hashed and Hierarchical Timing Wheels", 1987, scheme 5 without rounds). It keeps no due time:
/// an entry is visited at its slot, or after a whole turn of the wheel when it is due later, and
/// the visitor decides whether it is due. So activity costs a store in the session, never a
/// relink, and every session is looked at at least every 6.4 s, which is when its bytes are
/// accounted.
///
/// Pure: time is an argument. Lives on one reactor.
class Deadlines {
 public:
  static constexpr std::chrono::milliseconds kTick{25};
  static constexpr std::size_t kSlots = 256;

  /// @param size kept at how many stand on the wheel, for readers on other threads too; nobody else
  /// writes it
  Deadlines(base::TimePoint start, metrics::Gauge& size) noexcept : start_(start), size_(size) {}

  /// Visits `entry` at the first tick at or after `due`, or in one turn of the wheel if that is
  /// earlier. Replaces the former due time. Never in the running tick: at least one tick away.
  void set(Timed& entry, base::TimePoint due) noexcept;
  void cancel(Timed& entry) noexcept;

  /// Takes the next entry whose tick has come off the wheel; null when there is none left by `now`.
  /// The caller sets it again when it is not due yet.
  Timed* take_due(base::TimePoint now) noexcept;

  /// When take_due can next have something; empty when nothing waits. Asked in every turn: looks at
  /// one slot, or at those that were emptied since.
  [[nodiscard]] std::optional<base::TimePoint> next() noexcept;
  [[nodiscard]] std::size_t size() const noexcept {
    return static_cast<std::size_t>(size_.value());
  }

 private:
  using List = boost::intrusive::list<
      Timed, boost::intrusive::member_hook<Timed, decltype(Timed::hook), &Timed::hook>,
      boost::intrusive::constant_time_size<false>>;

  [[nodiscard]] std::uint64_t tick_at_or_after(base::TimePoint time) const noexcept;
  [[nodiscard]] base::TimePoint time_of(std::uint64_t tick) const noexcept {
    return start_ + base::Duration(kTick) * static_cast<std::int64_t>(tick);
  }

  base::TimePoint start_;
  std::uint64_t current_ = 0;  ///< the last tick whose slot has been emptied into due_
  std::uint64_t first_ = 1;    ///< the slots between current_ and this tick's are empty
  metrics::Gauge& size_;
  List due_;
  std::array<List, kSlots> slots_;
};

}  // namespace weir::proxy
