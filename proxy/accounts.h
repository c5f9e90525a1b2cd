#pragma once

#include "balancer/backend_probes.h"
#include "balancer/published.h"
#include "proxy/admission.h"
#include "proxy/engine.h"
#include "proxy/outcomes.h"
#include "proxy/places.h"
#include "proxy/pool_view.h"
#include "proxy/probes.h"

#include <deque>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace weir::proxy {

/// The books of one reactor: what its sessions moved and how they ended, by listener, pool and
/// backend; hands over what the access line tells. Bytes are asked from the flows when the
/// deadlines visit a session and when it ends, never counted beside the relay. Written on the
/// reactor's thread.
class Accounts final : public EngineObserver {
 public:
  Accounts(unsigned number, ReactorProbe& reactor, balancer::BackendProbes& backends,
           Outcomes& outcomes, Places& places, Admission& admission) noexcept
      : number_(number),
        reactor_(reactor),
        backends_(backends),
        outcomes_(outcomes),
        places_(places),
        admission_(admission) {}

  /// Before the reactor starts. Listeners and pools are numbered in the order they are added.
  void add_listener(std::string name);
  PoolView& add_pool() { return pools_.emplace_back(); }
  void write_access_log() noexcept { access_log_ = true; }
  void set_published(const balancer::Published& published) noexcept { published_ = &published; }

  void session_arrived(const Session& session) noexcept;
  void session_visited(Session& session) noexcept override;
  void session_answered(const Session& session, base::TimePoint now) noexcept override;
  void session_held(Session& session, Held now) noexcept override;
  void session_ending(Session& session) noexcept override;
  void session_ended(Session& session) noexcept override;
  /// A connection that never became a session (no memory for it).
  void arrival_lost(ListenerNumber listener) noexcept;

  void turn_ended() override;

  /// Calls `empty` at the end of the first turn that leaves no session.
  void when_empty(std::function<void()> empty) { empty_ = std::move(empty); }

  [[nodiscard]] std::deque<PoolView>& pools() noexcept { return pools_; }
  [[nodiscard]] PoolView& pool(PoolNumber number) noexcept { return pools_[number]; }
  [[nodiscard]] const PoolView& pool(PoolNumber number) const noexcept { return pools_[number]; }
  [[nodiscard]] const ListenerProbe& listener(ListenerNumber number) const noexcept {
    return listeners_[number].probe;
  }

 private:
  struct Listener {
    std::string name;
    ListenerProbe probe;
  };
  void account_pauses(Session& session, Held next) noexcept;
  void write_access_record(const Session& session, base::TimePoint now) const noexcept;

  const unsigned number_;
  ReactorProbe& reactor_;
  balancer::BackendProbes& backends_;
  Outcomes& outcomes_;
  Places& places_;
  Admission& admission_;
  std::deque<Listener> listeners_;  ///< a deque: probes are pointed at and never move
  std::deque<PoolView> pools_;
  std::function<void()> empty_;
  const balancer::Published* published_ = nullptr;
  bool access_log_ = false;
};

}  // namespace weir::proxy
