#include "proxy/accounts.h"

#include "base/log.h"
#include "proxy/access_record.h"

#include <algorithm>
#include <utility>

namespace weir::proxy {

void Accounts::add_listener(std::string name) { listeners_.emplace_back().name = std::move(name); }

void Accounts::session_arrived(const Session& session) noexcept {
  reactor_.sessions_placed.add();
  reactor_.sessions_active.add();
  listeners_[session.listener].probe.sessions_active.add();
  pools_[session.pool].probe.sessions_active.add();
}

void Accounts::session_visited(Session& session) noexcept {
  if (session.held != Held{}) account_pauses(session, session.held);
  const std::uint64_t upload = session.upload.moved_bytes();
  const std::uint64_t download = session.download.moved_bytes();
  const std::uint64_t new_upload = upload - std::exchange(session.accounted_upload, upload);
  const std::uint64_t new_download = download - std::exchange(session.accounted_download, download);
  if (new_upload == 0 && new_download == 0) return;
  ListenerProbe& listener = listeners_[session.listener].probe;
  listener.received_bytes.add(new_upload);
  listener.sent_bytes.add(new_download);
  balancer::BackendProbe& backend = backends_.probes[session.slot];
  backend.sent_bytes.add(new_upload);
  backend.received_bytes.add(new_download);
}

void Accounts::session_answered(const Session& session, base::TimePoint now) noexcept {
  const base::Duration took = now - session.asked_at;
  backends_.probes[session.slot].first_byte_seconds.observe(took);
  backends_.latencies[session.slot].observe(session.connect_time + took, now);
  outcomes_.succeeded(session.slot, now);
}

void Accounts::session_held(Session& session, Held now) noexcept { account_pauses(session, now); }

/// What has passed of a pause is counted when it ends, and meanwhile when the session is visited.
void Accounts::account_pauses(Session& session, Held next) noexcept {
  const base::TimePoint now = base::Clock::now();
  const auto account = [&](balancer::Taker taker, bool was, bool is, base::TimePoint& since) {
    balancer::Pauses& pauses =
        backends_.probes[session.slot].pauses[static_cast<std::size_t>(taker)];
    if (was) pauses.microseconds.add(short_time(now - since).count());
    if (is && !was) pauses.begun.add();
    since = now;
  };
  account(balancer::Taker::client, session.held.by_client, next.by_client,
          session.held_by_client_since);
  account(balancer::Taker::backend, session.held.by_backend, next.by_backend,
          session.held_by_backend_since);
  session.held = next;
}

void Accounts::session_ending(Session& session) noexcept {
  if (session.held != Held{}) account_pauses(session, {});
  if (access_log_) session.downstream_tcp = session.downstream.tcp_summary();
  if (!session.counts_backend) return;
  session.upstream_tcp = session.upstream.tcp_summary();
  balancer::BackendProbe& backend = backends_.probes[session.slot];
  backend.tcp_retransmits.add(session.upstream_tcp.retransmits);
  if (session.upstream_tcp.rtt_us > 0)
    backend.tcp_rtt_seconds.observe(std::chrono::microseconds(session.upstream_tcp.rtt_us));
}

void Accounts::session_ended(Session& session) noexcept {
  const base::TimePoint now = base::Clock::now();
  ListenerProbe& listener = listeners_[session.listener].probe;
  listener.sessions_active.sub();
  listener.session_closed(session.reason);
  listener.session_seconds.observe(now - session.accepted_at);
  pools_[session.pool].probe.sessions_active.sub();
  if (session.counts_backend) {
    backends_.sessions_active[session.slot].sub();
    backends_.probes[session.slot].session_seconds.observe(now - session.accepted_at -
                                                           session.established_time);
    outcomes_.ended(session, pools_[session.pool], now);
    if (!session.answered)  // nothing better is known of it
      backends_.latencies[session.slot].observe(session.connect_time, now);
  }
  if (access_log_) write_access_record(session, now);
  places_.give_back(session);
  reactor_.sessions_active.sub();
  listener.sessions_ended.add();
  reactor_.sessions_ended.add();
  admission_.session_ended();
}

void Accounts::turn_ended() {
  if (!empty_ || reactor_.sessions_active.value() != 0) return;
  empty_();  // throws when there is no memory for its post; then the next turn calls it
  empty_ = nullptr;
}

void Accounts::arrival_lost(ListenerNumber listener) noexcept {
  ListenerProbe& probe = listeners_[listener].probe;
  probe.session_closed({Who::weir, How::error, Phase::accept});
  reactor_.sessions_placed.add();
  probe.sessions_ended.add();
  reactor_.sessions_ended.add();
  admission_.session_ended();
}

void Accounts::write_access_record(const Session& session, base::TimePoint now) const noexcept {
  // Its own counts were taken back before this: the one more is itself.
  const auto with_itself = [](std::int64_t others) {
    return static_cast<std::uint32_t>(std::max<std::int64_t>(others, 0) + 1);
  };
  AccessRecord record(session, now);
  record.reactor = number_;
  record.index = session.index;
  record.generation = session.generation;
  record.reactor_sessions = with_itself(reactor_.sessions_active.value() - 1);
  record.listener_sessions = with_itself(admission_.sessions(session.listener));
  record.add_name(listeners_[session.listener].name);
  record.add_name(pools_[session.pool].snapshot->settings.name);
  if (session.counts_backend) {
    record.backend_sessions = with_itself(published_->sessions_of(session.slot));
    record.add_name((*published_->names)[session.slot]);
  } else {
    record.add_name({});
  }
  if (session.setbacks)
    for (const Setbacks::FailedConnect& failed : session.setbacks->kept())
      record.add_name((*published_->names)[failed.slot]);
  base::log::access(record.bytes());
}

}  // namespace weir::proxy
