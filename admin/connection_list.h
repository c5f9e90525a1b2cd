#pragma once

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
  };
  using Place = std::list<Entry>::iterator;

  Place add(Connection& connection) {
    return entries_.insert(entries_.end(), Entry{&connection, false});
  }
  void note_progress(Place place, bool answering) {
    place->answering = answering;
    entries_.splice(entries_.end(), entries_, place);
  }
  void remove(Place place) { entries_.erase(place); }

  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
  [[nodiscard]] Connection& front() noexcept { return *entries_.front().connection; }
  /// The one longest without progress, if possible one that is not being answered. Not when empty.
  [[nodiscard]] Connection& longest_idle() noexcept {
    for (const Entry& entry : entries_) {
      if (!entry.answering) return *entry.connection;
    }
    return front();
  }

 private:
  std::list<Entry> entries_;
};

}  // namespace weir::admin
