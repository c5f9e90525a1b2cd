#include "proxy/connector.h"

#include "base/fault_point.h"
#include "base/log.h"
#include "base/uncancelled.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <limits>
#include <new>
#include <optional>

namespace weir::proxy {
namespace {

using balancer::ConnectError;

CloseReason reason_of(ConnectError error) noexcept {
  switch (error) {
    case ConnectError::refused: return {Who::backend, How::refused, Phase::connect};
    case ConnectError::timeout: return {Who::backend, How::timeout, Phase::connect};
    case ConnectError::ports:
    case ConnectError::resources: return {Who::weir, How::error, Phase::connect};
    default: return {Who::backend, How::error, Phase::connect};
  }
}

/// How the session ends for want of a place; empty when it goes on, or finds nobody to try.
std::optional<CloseReason> end_of(Places::Taken::Result result, How stopped_how) noexcept {
  using Result = Places::Taken::Result;
  switch (result) {
    case Result::taken:
    case Result::nobody: return {};
    case Result::line_full: return CloseReason{Who::weir, How::limit, Phase::pick};
    case Result::too_long: return CloseReason{Who::weir, How::timeout, Phase::pick};
    case Result::client_gone: return CloseReason{Who::client, How::reset, Phase::pick};
    case Result::stopping: return CloseReason{Who::weir, stopped_how, Phase::pick};
  }
  return {};
}

const char* why_nobody(const balancer::PoolSnapshot& snapshot) noexcept {
  if (snapshot.members.empty()) return "no name has an address";
  for (const balancer::Member& member : snapshot.members)
    if (member.weight > 0) return "none is eligible";
  return "all weigh 0";
}

}  // namespace

Task<Connector::Outcome> Connector::connect(Session& session, PoolView& pool) {
  pool.probe.picks.add();
  balancer::Tried tried;
  CloseReason reason{Who::weir, How::health, Phase::pick};  // what it is when nobody can be tried
  bool own_want = false;
  const std::uint64_t key = session.client.key();
  base::TimePoint queue_deadline = base::TimePoint::max();
  while (tried.size() <= pool.snapshot->settings.retries) {
    balancer::SlotNumber slot = 0;
    base::Endpoint endpoint;
    if (pool.has_limits) {
      const base::TimePoint asked = engine_.now();
      const Places::Taken place = co_await places_.take(session, pool, tried, key, queue_deadline);
      session.queue_time = short_time(session.queue_time + (engine_.now() - asked));
      if (const auto end = end_of(place.result, session.stopped_how)) {
        if (own_want) admission_.connect_wanted(engine_.now());
        warn_of_no_place(pool, *end);
        co_return Outcome{false, *end};
      }
      if (place.result != Places::Taken::Result::taken) break;
      slot = place.slot;
      endpoint = place.endpoint;
    } else {
      const auto picked = pool.selector->pick({engine_.now(), key, tried});
      if (!picked) break;
      slot = pool.snapshot->members[*picked].slot;
      endpoint = pool.snapshot->members[*picked].endpoint;
    }
    tried.add(slot);
    if (session.attempts > 0) pool.probe.retries.add();
    if (session.attempts < std::numeric_limits<std::uint8_t>::max()) ++session.attempts;
    count_in(session, slot);
    const base::TimePoint began = engine_.now();
    const Attempt attempt =
        co_await this->attempt(session, endpoint, pool.snapshot->settings.connect_timeout);
    if (attempt.result == Attempt::Result::connected) {
      backends_.memory.failures.connected(slot);
      co_return Outcome{true, {}};
    }

    engine_.drop_upstream(session);
    count_out(session);
    if (attempt.result == Attempt::Result::client_gone)
      co_return Outcome{false, {Who::client, How::reset, Phase::connect}};
    if (attempt.result == Attempt::Result::stopping)
      co_return Outcome{false, {Who::weir, session.stopped_how, Phase::connect}};
    engine_.record(EventKind::connect_failed, session, static_cast<std::uint8_t>(attempt.error),
                   slot);
    backends_.probes[slot].connect_failed(attempt.error);
    note_failure(session, attempt.error, base::Clock::now() - began);
    own_want = is_own_want(attempt.error);
    if (!own_want) {
      backends_.memory.failures.connect_failed(slot, engine_.now());
      outcomes_.failed(pool, session.pool, slot, engine_.now());
    }
    reason = reason_of(attempt.error);
    if (attempt.error == ConnectError::resources) break;  // our own want: the next would fail alike
  }
  if (own_want) admission_.connect_wanted(engine_.now());
  pool.probe.no_backend.add();
  warn_of_no_backend(session, pool, reason);
  co_return Outcome{false, reason};
}

/// Only for the access line, so that no memory for it is no reason to lose the session.
void Connector::note_failure(Session& session, ConnectError error,
                             base::Duration took) const noexcept {
  try {
    if (!session.setbacks) session.setbacks = std::make_unique<Setbacks>();
    session.setbacks->add({session.slot, short_time(took), error});
  } catch (const std::bad_alloc&) {
  }
}

void Connector::warn_of_no_backend(const Session& session, PoolView& pool,
                                   CloseReason reason) noexcept {
  if (!pool.warnings.allow(engine_.now())) return;
  const balancer::PoolSnapshot& snapshot = *pool.snapshot;
  const std::uint64_t others = pool.warnings.take_suppressed();
  if (session.attempts == 0)
    return base::log::warning("pool {}: no backend to try: {} ({} such sessions since last told)",
                              snapshot.settings.name, why_nobody(snapshot), others + 1);
  std::string_view last = "a backend that has left";
  for (const balancer::Member& member : snapshot.members)
    if (member.slot == session.slot) last = member.name;
  base::log::warning(
      "pool {}: no backend took a session: {} tried, the last was {}: {} ({} such sessions since "
      "last told)",
      snapshot.settings.name, session.attempts, last, to_string(reason.how), others + 1);
}

void Connector::warn_of_no_place(PoolView& pool, CloseReason reason) noexcept {
  if (reason.how != How::limit && reason.how != How::timeout) return;
  if (!pool.warnings.allow(engine_.now())) return;
  base::log::warning("pool {}: all backends have max_connections, and {} ({} more)",
                     pool.snapshot->settings.name,
                     reason.how == How::limit ? "queue_limit sessions wait: one was reset"
                                              : "a session was reset after queue_timeout",
                     pool.warnings.take_suppressed());
}

Task<Connector::Attempt> Connector::attempt(Session& session, base::Endpoint endpoint,
                                            std::chrono::milliseconds timeout) {
  using Result = Attempt::Result;
  const base::TimePoint began = engine_.now();
  const base::TimePoint deadline = began + timeout;
  engine_.record(EventKind::connecting, session, 0, session.slot);
  balancer::BackendProbe& probe = backends_.probes[session.slot];
  probe.connect_attempts.add();
  int error = open_socket(session, endpoint);
  // A unix socket whose backlog is full says EAGAIN, and poll would say ready: ask again each tick.
  while (error == EAGAIN && endpoint.is_unix()) {
    if (engine_.now() >= deadline) co_return Attempt{Result::failed, ConnectError::timeout};
    engine_.drop_upstream(session);
    const Wakeup wakeup = co_await engine_.wait(session, engine_.now());
    if (wakeup == Wakeup::client_gone) co_return Attempt{Result::client_gone};
    if (wakeup == Wakeup::stopping) co_return Attempt{Result::stopping};
    error = open_socket(session, endpoint);
  }
  if (error != 0 && error != EINPROGRESS)
    co_return Attempt{Result::failed, balancer::connect_error_of(error)};
  if (!engine_.watch(session, Engine::SideName::upstream))
    co_return Attempt{Result::failed, ConnectError::resources};
  admission_.connect_begun();

  while (error == EINPROGRESS && !session.upstream.writable) {
    const Wakeup wakeup = co_await engine_.wait(session, deadline);
    if (wakeup == Wakeup::client_gone) co_return Attempt{Result::client_gone};
    if (wakeup == Wakeup::stopping) co_return Attempt{Result::stopping};
    if (wakeup == Wakeup::deadline) co_return Attempt{Result::failed, ConnectError::timeout};
    // A reset is an answer of a backend that had accepted (a refusal has its own error): what it
    // said before is delivered by the relay, and its reset forwarded.
    const int failure = session.upstream.error;
    if (failure == ECONNRESET || failure == EPIPE) break;
    if (failure != 0) co_return Attempt{Result::failed, balancer::connect_error_of(failure)};
  }
  const base::TimePoint now = base::Clock::now();
  const base::Duration took = now - began;
  session.connect_time = short_time(took);
  session.established_time = short_time(now - session.accepted_at);
  probe.connect_seconds.observe(took);
  co_return Attempt{Result::connected};
}

/// 0 or errno of socket(2) and connect(2); EINPROGRESS is the usual answer. The socket is watched
/// only after connect(2): before, epoll reports a hang-up on it.
int Connector::open_socket(Session& session, const base::Endpoint& endpoint) noexcept {
  if (WEIR_FAULT_FAILS("connector.socket")) return EMFILE;
  const int fd = ::socket(endpoint.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return errno;
  session.upstream = Side{};
  session.upstream.fd = fd;
  session.upstream.is_unix = endpoint.is_unix();
  if (!endpoint.is_unix()) {
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ::setsockopt(fd, SOL_SOCKET, SO_OOBINLINE, &on, sizeof on);  // an urgent byte is a byte
  }
  return base::uncancelled::connect(fd, endpoint.data(), endpoint.size()) == 0 ? 0 : errno;
}

void Connector::count_in(Session& session, balancer::SlotNumber slot) noexcept {
  session.slot = slot;
  session.counts_backend = true;
  backends_.sessions_active[slot].add();
}

void Connector::count_out(Session& session) noexcept {
  if (!session.counts_backend) return;
  session.counts_backend = false;
  backends_.sessions_active[session.slot].sub();
  places_.give_back(session);
}

}  // namespace weir::proxy
