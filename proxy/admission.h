#pragma once

#include "base/clock.h"
#include "proxy/probes.h"
#include "proxy/session_state.h"

#include <atomic>
#include <cstdint>
#include <limits>
#include <vector>

namespace weir::proxy {

/// Who wants to hear that a session has ended: an acceptor that is paused.
class AdmissionWaiter {
 public:
  /// Any thread; the waiter posts to its own.
  virtual void room_was_made() noexcept = 0;

 protected:
  ~AdmissionWaiter() = default;
};

/// How many more connections may be accepted. Counts what acceptors took less what reactors ended,
/// from the published counters, so nothing is sent for a session's end while nobody is paused. With
/// one accept thread the limits are exact; with `accept = reuseport` they overshoot by at most the
/// number of reactors times one batch. What is over a limit waits in the kernel's backlog.
/// Owned by the server; set up before the threads start, then used from all of them.
class Admission {
 public:
  static constexpr std::uint64_t kUnlimited = std::numeric_limits<std::uint64_t>::max();

  explicit Admission(std::uint64_t process_limit) noexcept : process_limit_(process_limit) {}

  /// Set-up, before any thread starts. What is added must outlive this.
  void add_reactor(const ReactorProbe& reactor) { reactors_.push_back(&reactor); }
  void add_listener(ListenerNumber listener, std::uint64_t limit);
  void add_listener_probe(ListenerNumber listener, const ListenerProbe& probe);
  void add_acceptor(ListenerNumber listener, const AcceptorProbe& probe, AdmissionWaiter& waiter);

  /// Connections that this listener may take now; 0 when a limit is reached. Any acceptor's thread.
  [[nodiscard]] std::uint64_t room(ListenerNumber listener) const noexcept;
  /// An acceptor found no room, or no descriptors, and pauses. It must ask room() again after this
  /// (a session may have ended in between) before it relies on room_was_made().
  void wait_for_room() noexcept;
  /// A reactor ended a session, after its counters were raised.
  void session_ended() noexcept;

  // Want found at connect. Accepting on would only reset clients who can wait in the backlog.

  /// How long accepting is held. Also the pace while it is on probation.
  static constexpr std::chrono::milliseconds kHold{50};

  /// A reactor could not connect because this machine is short of descriptors, memory or ports:
  /// accepting is held, and then on probation: one connection in each kHold. Any thread.
  void connect_wanted(base::TimePoint now) noexcept;
  /// A connect had all that it takes from this machine, which ends hold and probation. Any thread;
  /// one load when there is none.
  void connect_begun() noexcept {
    if (on_probation_.load(std::memory_order_relaxed)) end_probation();
  }
  /// An acceptor took a connection.
  void accepted(base::TimePoint now) noexcept {
    if (on_probation_.load(std::memory_order_relaxed)) hold(now);
  }
  [[nodiscard]] bool is_held(base::TimePoint now) const noexcept {
    return now.time_since_epoch().count() < held_until_.load(std::memory_order_relaxed);
  }

  /// Sessions of that listener, over all reactors. Any thread.
  [[nodiscard]] std::int64_t sessions(ListenerNumber listener) const noexcept;
  [[nodiscard]] std::uint64_t process_limit() const noexcept { return process_limit_; }

 private:
  struct Listener {
    std::uint64_t limit = kUnlimited;
    std::vector<const ListenerProbe*> probes;
    std::vector<const AcceptorProbe*> acceptors;
  };

  void hold(base::TimePoint now) noexcept;
  void end_probation() noexcept;
  void wake_waiters() noexcept;

  std::uint64_t process_limit_;
  std::vector<const ReactorProbe*> reactors_;
  std::vector<Listener> listeners_;
  std::vector<AdmissionWaiter*> waiters_;
  std::atomic<bool> somebody_waits_{false};
  static constexpr auto kNotHeld = std::numeric_limits<base::Duration::rep>::min();
  std::atomic<bool> on_probation_{false};
  std::atomic<base::Duration::rep> held_until_{kNotHeld};
};

}  // namespace weir::proxy
