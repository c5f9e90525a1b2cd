#pragma once

#include "base/clock.h"

#include <chrono>
#include <cstddef>
#include <list>

namespace weir::admin {

class Connection;

/// The open connections in the order of their last progress: accepted, asked, answered. Owned by
/// the AdminServer; lives on its thread. A connection enters itself, and leaves at its end.
class ConnectionList {
 public:
  struct Entry {
    Connection* connection;
    bool answering;  ///< has asked and not been answered in full
    base::TimePoint since;
  };
  using Place = std::list<Entry>::iterator;
  /// For a client that asks at once, many times what it needs.
  static constexpr std::chrono::milliseconds kGrace{500};

  Place add(Connection& connection) {
    return entries_.insert(entries_.end(), Entry{&connection, false, base::Clock::now()});
  }
  void note_progress(Place place, bool answering) {
    place->answering = answering;
    place->since = base::Clock::now();
    entries_.splice(entries_.end(), entries_, place);
  }
  void remove(Place place) { entries_.erase(place); }

  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
  [[nodiscard]] Connection& front() noexcept { return *entries_.front().connection; }
  /// The one that makes room for another: the longest without progress of those that ask nothing;
  /// but one that has just come may have asked already, so before it goes one that does not read
  /// its answer. Who reads an answer goes last. Not when empty.
  [[nodiscard]] Connection& longest_idle(base::TimePoint now) noexcept {
    const auto first = [&](bool answering, base::Duration silent) -> Connection* {
      for (const Entry& entry : entries_)
        if (entry.answering == answering && now - entry.since >= silent) return entry.connection;
      return nullptr;
    };
    if (Connection* const idle = first(false, kGrace)) return *idle;
    if (Connection* const unread = first(true, kGrace)) return *unread;
    if (Connection* const fresh = first(false, base::Duration::zero())) return *fresh;
    return front();
  }

 private:
  std::list<Entry> entries_;
};

}  // namespace weir::admin
