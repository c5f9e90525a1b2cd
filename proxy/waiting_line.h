#pragma once

#include "balancer/pick.h"
#include "proxy/queue_door.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>

namespace weir::proxy {

/// A session that waits for a place, as the home of its pool's line knows it.
struct Queued {
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
  /// Who are served in one move, and how many that stay are looked past in it.
  static constexpr int kServedPerMove = 256;
  static constexpr int kLookedPast = 64;

  /// Throws std::bad_alloc.
  void join(Ticket ticket, const Queued& queued) {
    (queued.tried.empty() ? fresh_ : failed_).try_emplace(ticket, queued);
  }
  /// False when it is not in the line: it has been served.
  bool leave(Ticket ticket) noexcept { return fresh_.erase(ticket) + failed_.erase(ticket) > 0; }
  /// Whoever has failed it may be tried again. Keeps its place.
  void forgive(Ticket ticket) noexcept {
    auto entry = failed_.extract(ticket);
    if (entry.empty()) return;
    entry.mapped().tried.clear();
    fresh_.insert(std::move(entry));
  }
  [[nodiscard]] std::size_t size() const noexcept { return fresh_.size() + failed_.size(); }

  /// Serves in order. When one stays who could have any, so do all who came later and could; who
  /// was failed by some backends may have to stay where somebody behind can be served.
  /// `serve(ticket, queued)` may throw; who it was called for then stays.
  /// @return true when it has served as many as it may, and there may be more
  template <typename Serve>
  bool move(Serve serve) {
    auto fresh = fresh_.begin();
    auto failed = failed_.begin();
    int looked_past = 0;
    for (int served = 0; served < kServedPerMove;) {
      if (looked_past == kLookedPast) failed = failed_.end();
      const bool is_fresh = comes_first(fresh, failed);
      auto& entry = is_fresh ? fresh : failed;
      Line& line = is_fresh ? fresh_ : failed_;
      if (entry == line.end()) return false;
      if (serve(entry->first, std::as_const(entry->second)) == Turn::served) {
        entry = line.erase(entry);
        ++served;
      } else if (is_fresh) {
        fresh = fresh_.end();
      } else {
        ++failed;
        ++looked_past;
      }
    }
    return true;
  }

 private:
  using Line = std::map<Ticket, Queued>;

  bool comes_first(Line::iterator fresh, Line::iterator failed) noexcept {
    if (fresh == fresh_.end() || failed == failed_.end()) return failed == failed_.end();
    return fresh->first < failed->first;
  }

  Line fresh_;   ///< those who could have any backend
  Line failed_;  ///< those whom some have failed
};

}  // namespace weir::proxy
