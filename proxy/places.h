#pragma once

#include "balancer/occupancy.h"
#include "balancer/pick.h"
#include "balancer/recent_failures.h"
#include "base/endpoint.h"
#include "proxy/bell.h"
#include "proxy/engine.h"
#include "proxy/mailbox.h"
#include "proxy/pool_view.h"
#include "proxy/queue_door.h"
#include "proxy/session_state.h"
#include "proxy/task.h"
#include "proxy/waiting_line.h"

#include <cstdint>
#include <deque>
#include <vector>

namespace weir::proxy {

class Places;

/// What the reactors share of places at backends with max_connections. Owned by the server; filled
/// before they start.
struct SharedPlaces {
  balancer::Occupancies occupancies;
  std::deque<QueueDoor> doors;  ///< by pool
  std::vector<Places*> peers;   ///< by reactor
};

/// Places at backends with `max_connections`, as one reactor sees them: takes one for a session of
/// its own, or lets the session wait in its pool's line while all are full. One reactor keeps the
/// line of a pool, its home; the others ask by post, and are told by post.
///
///   session          enter the door, post "joins" ----> home: join the line, move it
///   place given back  count, then ask the door;  ring -> home: move the line
///   line moves        the first takes a place;  post --> session's reactor: goes on
///
/// Nobody barges: while somebody waits, arrivals go to the end. No wake-up is lost: who waits is
/// counted at the door before the home looks for a place, and who gives one back looks at the door
/// after it (both sequentially consistent), so one of them sees the other. A grant for a session
/// that has gone is given back, and so is one of a snapshot that its reactor does not have yet, or
/// not any more: it goes to the end of the line. Owned by the reactor, used on its thread.
class Places {
 public:
  /// Whoever has failed a session may be back after so long, and it goes on waiting for all.
  static constexpr base::Duration kForgiven = balancer::RecentFailures::kTrialInterval;

  /// What came of asking for a place.
  struct Taken {
    enum class Result : std::uint8_t {
      taken,
      nobody,       ///< no backend is left that may be tried
      line_full,    ///< queue_limit wait
      too_long,     ///< queue_timeout is over
      client_gone,  ///< it has reset; a client that has only finished sending waits on
      stopping,     ///< the reactor is to stop
    } result;
    balancer::SlotNumber slot = 0;
    base::Endpoint endpoint{};
  };

  Places(unsigned number, Engine& engine, Mailbox& mailbox, std::deque<PoolView>& pools);

  /// Before the reactor starts.
  void set_shared(SharedPlaces& shared) noexcept { shared_ = &shared; }

  /// A place for the session at one of its pool's backends that was not tried. Of a pool that has
  /// limits.
  /// A session that waits for kForgiven forgets in `tried` who has failed it, and may retry anew.
  /// `deadline`: of all its waits; max() before the first, which sets it.
  Task<Taken> take(Session& session, PoolView& pool, balancer::Tried& tried, std::uint64_t key,
                   base::TimePoint& deadline);
  /// When its connection to the backend has been closed. No harm when it holds none.
  void give_back(Session& session) noexcept;
  /// The pool has a new snapshot: somebody in its line may be served. Throws std::bad_alloc.
  void pool_changed(PoolNumber pool) { move_line(pool); }
  /// After std::bad_alloc has left the loop; throws it too.
  void recover() { move_lines(); }

 private:
  /// What the home tells a session that waited: a place, or that there is none to wait for.
  struct Grant {
    std::uint64_t number = 0;  ///< of its pool, from 1 on; 0: none
    balancer::SlotNumber slot = 0;
    bool is_counted = false;  ///< it stands in the slot's occupancy
  };

  const balancer::Member* take_now(PoolView& pool, const balancer::PickRequest& request) noexcept;
  void join(const Session& session, const balancer::Tried& tried, std::uint64_t key);
  void leave(const Session& session);
  void forgive(const Session& session);
  void granted(PoolNumber pool, QueueDoor::Ticket ticket, const Queued& queued, Grant grant);
  void free_place(PoolNumber pool, balancer::SlotNumber slot) noexcept;

  // As the home of a pool's line:
  void joined(PoolNumber pool, QueueDoor::Ticket ticket, const Queued& queued);
  void left(PoolNumber pool, QueueDoor::Ticket ticket);
  void forgave(PoolNumber pool, QueueDoor::Ticket ticket);
  void move_line(PoolNumber pool);
  void move_lines();
  Turn serve(PoolNumber pool, QueueDoor::Ticket ticket, const Queued& queued, base::TimePoint now);

  struct Line {
    WaitingLine waiting;
    std::uint64_t grants = 0;  ///< so far
  };
  [[nodiscard]] Places& home_of(PoolNumber pool) noexcept {
    return *shared_->peers[pool % shared_->peers.size()];
  }

  const unsigned number_;
  Engine& engine_;
  Mailbox& mailbox_;
  std::deque<PoolView>& pools_;
  SharedPlaces* shared_ = nullptr;
  std::vector<Line> lines_;  ///< by pool; of those at home here
  Bell bell_;                ///< rung when a place was given back while somebody waited
};

}  // namespace weir::proxy
