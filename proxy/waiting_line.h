#pragma once

#include "balancer/pick.h"
#include "proxy/queue_door.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>

namespace weir::proxy {

/// A session that waits for a place, as the home of its pool's line knows it.
struct Waiting {
  unsigned reactor = 0;  ///< whose session it is
  std::uint32_t index = 0;
  std::uint32_t generation = 0;
  std::uint64_t key = 0;  ///< of its client
  balancer::Tried tried;  ///< backends that failed it
};

/// What becomes of one who waits when the line moves.
enum class Turn : std::uint8_t {
  served,  ///< has got a place, or learnt that there is none to wait for: leaves the line
  stays,   ///< whom it could have are full
};

/// Those who wait for a place in one pool, first come first served by their tickets. Pure; lives on
/// the home reactor of its pool.
class WaitingLine {
 public:
  using Ticket = QueueDoor::Ticket;
  /// Those that stay and are looked past in one move.
  static constexpr int kLookedPast = 64;

  /// Throws std::bad_alloc.
  void join(Ticket ticket, const Waiting& waiting) { line_.try_emplace(ticket, waiting); }
  /// False when it is not in the line: it has been served.
  bool leave(Ticket ticket) noexcept { return line_.erase(ticket) > 0; }
  [[nodiscard]] std::size_t size() const noexcept { return line_.size(); }

  /// Serves in order. Who has been failed by some backends may have to stay where the next can be
  /// served; one who could have any and stays ends it, since nobody behind fares better.
  /// `serve(ticket, waiting)` may throw; who it was called for then stays.
  template <typename Serve>
  void move(Serve serve) {
    int looked_past = 0;
    for (auto entry = line_.begin(); entry != line_.end();) {
      const Turn turn = serve(entry->first, std::as_const(entry->second));
      if (turn == Turn::served) {
        entry = line_.erase(entry);
        continue;
      }
      if (entry->second.tried.empty() || ++looked_past > kLookedPast) return;
      ++entry;
    }
  }

 private:
  std::map<Ticket, Waiting> line_;
};

}  // namespace weir::proxy
