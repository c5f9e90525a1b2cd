#include "proxy/admission.h"

#include <algorithm>

namespace weir::proxy {
namespace {

/// Connections that reached a reactor, or are on their way.
std::uint64_t reached(const AcceptorProbe& acceptor) noexcept {
  const std::uint64_t lost = acceptor.lost.value();  // first, so that the difference is never less
  return acceptor.accepted.value() - lost;
}

/// Counters are read one after the other while they move, so an end may be seen before its begin.
std::uint64_t room_below(std::uint64_t limit, std::uint64_t begun, std::uint64_t ended) noexcept {
  const std::uint64_t live = begun > ended ? begun - ended : 0;
  return live < limit ? limit - live : 0;
}

}  // namespace

void Admission::add_listener(ListenerNumber listener, std::uint64_t limit) {
  if (listeners_.size() <= listener) listeners_.resize(listener + 1u);
  listeners_[listener].limit = limit;
}

void Admission::add_listener_probe(ListenerNumber listener, const ListenerProbe& probe) {
  listeners_.at(listener).probes.push_back(&probe);
}

void Admission::add_acceptor(ListenerNumber listener, const AcceptorProbe& probe,
                             AdmissionWaiter& waiter) {
  listeners_.at(listener).acceptors.push_back(&probe);
  waiters_.push_back(&waiter);
}

std::uint64_t Admission::room(ListenerNumber listener) const noexcept {
  std::uint64_t ended = 0;
  for (const ReactorProbe* reactor : reactors_) ended += reactor->sessions_ended.value();
  std::uint64_t accepted = 0;
  for (const Listener& each : listeners_)
    for (const AcceptorProbe* acceptor : each.acceptors) accepted += reached(*acceptor);
  std::uint64_t room = room_below(process_limit_, accepted, ended);

  const Listener& own = listeners_[listener];
  if (own.limit != kUnlimited) {
    std::uint64_t own_ended = 0;
    for (const ListenerProbe* probe : own.probes) own_ended += probe->sessions_ended.value();
    std::uint64_t own_accepted = 0;
    for (const AcceptorProbe* acceptor : own.acceptors) own_accepted += reached(*acceptor);
    room = std::min(room, room_below(own.limit, own_accepted, own_ended));
  }
  return room;
}

std::int64_t Admission::sessions(ListenerNumber listener) const noexcept {
  std::int64_t sum = 0;
  for (const ListenerProbe* probe : listeners_[listener].probes)
    sum += probe->sessions_active.value();
  return sum;
}

// Either the acceptor sees the raised counter, or the reactor sees the flag: each writes, fences,
// then reads what the other wrote (Dekker's way).

void Admission::wait_for_room() noexcept {
  somebody_waits_.store(true, std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_seq_cst);
}

void Admission::session_ended() noexcept {
  std::atomic_thread_fence(std::memory_order_seq_cst);
  wake_waiters();
}

void Admission::wake_waiters() noexcept {
  if (!somebody_waits_.load(std::memory_order_relaxed)) return;
  if (!somebody_waits_.exchange(false)) return;  // another reactor tells them
  for (AdmissionWaiter* waiter : waiters_) waiter->room_was_made();
}

void Admission::connect_wanted(base::TimePoint now) noexcept {
  on_probation_.store(true, std::memory_order_relaxed);
  hold(now);
}

void Admission::hold(base::TimePoint now) noexcept {
  held_until_.store((now + kHold).time_since_epoch().count(), std::memory_order_relaxed);
}

void Admission::end_probation() noexcept {
  on_probation_.store(false, std::memory_order_relaxed);
  held_until_.store(kNotHeld, std::memory_order_relaxed);
  wake_waiters();
}

}  // namespace weir::proxy
