#include "admin/proxy_metrics.h"

#include "proxy/totals.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <vector>

namespace weir::admin {
namespace {

using metrics::Family;
using metrics::Writer;

constexpr std::array<const char*, proxy::kAcceptErrorCount> kAcceptErrors = {
    "descriptors", "memory", "aborted", "other"};

void write_closed(Writer& writer, const proxy::ListenerTotals& totals, metrics::Label label) {
  for (const proxy::CloseReason& reason : proxy::kCloseReasons)
    writer.counter(Family::listener_closed,
                   {label,
                    {"who", to_string(reason.who)},
                    {"how", to_string(reason.how)},
                    {"phase", to_string(reason.phase)}},
                   static_cast<double>(totals.closed(reason)));
}

void write_listeners(Writer& writer, const proxy::Server& server) {
  const auto listeners = server.directory().listeners();
  for (std::size_t index = 0; index < listeners.size(); ++index) {
    const proxy::ListenerTotals totals(server, static_cast<proxy::ListenerNumber>(index));
    const metrics::Label label{"listener", listeners[index].name};
    const std::uint64_t limit = listeners[index].max_connections;
    writer.counter(Family::listener_accepted, {label}, static_cast<double>(totals.accepted()));
    writer.gauge(Family::listener_sessions_active, {label},
                 static_cast<double>(totals.sessions_active()));
    writer.gauge(Family::listener_max_connections, {label},
                 static_cast<double>(limit == 0 ? server.max_connections() : limit));
    writer.counter(Family::listener_received_bytes, {label},
                   static_cast<double>(totals.received_bytes()));
    writer.counter(Family::listener_sent_bytes, {label}, static_cast<double>(totals.sent_bytes()));
    for (const char* reason : {"denied", "rate", "source_limit"})
      writer.counter(Family::listener_refused, {label, {"reason", reason}}, 0);
    writer.gauge(Family::listener_accept_queue_length, {label},
                 server.accept_queue_length(static_cast<proxy::ListenerNumber>(index)));
    for (std::size_t error = 0; error < kAcceptErrors.size(); ++error)
      writer.counter(
          Family::listener_accept_errors, {label, {"error", kAcceptErrors[error]}},
          static_cast<double>(totals.accept_errors(static_cast<proxy::AcceptError>(error))));
    writer.histogram(Family::listener_session_seconds, {label}, totals.session_seconds());
    write_closed(writer, totals, label);
  }
}

/// All of them, and so the one place that `backend_histograms` switches off.
void write_histograms(Writer& writer, const proxy::BackendTotals& totals,
                      const balancer::CheckProbe& checks, metrics::Label pool,
                      metrics::Label backend) {
  writer.histogram(Family::backend_check_seconds, {pool, backend}, std::array{&checks.seconds});
  writer.histogram(Family::backend_connect_seconds, {pool, backend}, totals.connect_seconds());
  writer.histogram(Family::backend_first_byte_seconds, {pool, backend},
                   totals.first_byte_seconds());
  writer.histogram(Family::backend_session_seconds, {pool, backend}, totals.session_seconds());
  writer.histogram(Family::backend_tcp_rtt_seconds, {pool, backend}, totals.tcp_rtt_seconds());
}

/// What sessions came to at a backend.
void write_sessions(Writer& writer, const proxy::BackendTotals& totals, metrics::Label pool,
                    metrics::Label backend) {
  writer.counter(Family::backend_tcp_retransmits, {pool, backend},
                 static_cast<double>(totals.tcp_retransmits()));
  for (std::size_t index = 0; index < balancer::kTakerCount; ++index) {
    const auto side = static_cast<balancer::Taker>(index);
    const metrics::Label label{"side", balancer::kTakerNames[index]};
    writer.counter(Family::backend_backpressure_pauses, {pool, backend, label},
                   static_cast<double>(totals.pauses(side)));
    writer.counter(Family::backend_paused_seconds, {pool, backend, label},
                   totals.paused_seconds(side));
  }
}

void write_backend(Writer& writer, const proxy::Server& server, const std::string& pool,
                   const balancer::Member& member) {
  const proxy::BackendTotals totals(server, member.slot);
  const metrics::Label pool_label{"pool", pool};
  const metrics::Label label{"backend", member.name};
  for (const std::string_view state : balancer::kStateNames)
    writer.gauge(Family::backend_state, {pool_label, label, {"state", state}},
                 state == state_name(member.standing) ? 1 : 0);
  writer.gauge(Family::backend_weight, {pool_label, label}, member.configured_weight);
  writer.gauge(Family::backend_effective_weight, {pool_label, label}, member.effective_weight);
  writer.gauge(Family::backend_max_connections, {pool_label, label}, member.max_connections);
  writer.counter(Family::backend_ejections, {pool_label, label, {"cause", "failures"}},
                 static_cast<double>(member.ejections));
  const balancer::CheckProbe& checks = server.checks()[member.slot];
  for (std::size_t result = 0; result < balancer::kCheckResults.size(); ++result)
    writer.counter(Family::backend_checks,
                   {pool_label, label, {"result", balancer::kCheckResults[result]}},
                   static_cast<double>(checks.results[result].value()));
  writer.counter(Family::backend_check_transitions, {pool_label, label},
                 static_cast<double>(checks.transitions.value()));
  writer.gauge(Family::backend_sessions_active, {pool_label, label},
               static_cast<double>(totals.sessions_active()));
  writer.counter(Family::backend_connect_attempts, {pool_label, label},
                 static_cast<double>(totals.connect_attempts()));
  for (std::size_t error = 0; error < balancer::kConnectErrorCount; ++error)
    writer.counter(
        Family::backend_connect_errors,
        {pool_label, label, {"error", balancer::kConnectErrorNames[error]}},
        static_cast<double>(totals.connect_errors(static_cast<balancer::ConnectError>(error))));
  writer.counter(Family::backend_received_bytes, {pool_label, label},
                 static_cast<double>(totals.received_bytes()));
  writer.counter(Family::backend_sent_bytes, {pool_label, label},
                 static_cast<double>(totals.sent_bytes()));
  write_sessions(writer, totals, pool_label, label);
  if (server.config().backend_histograms)
    write_histograms(writer, totals, checks, pool_label, label);
}

void write_pools(Writer& writer, const proxy::Server& server) {
  const auto pools = server.directory().pools();
  for (std::size_t index = 0; index < pools.size(); ++index) {
    const proxy::PoolTotals totals(server, static_cast<proxy::PoolNumber>(index));
    const std::string& name = pools[index]->settings.name;
    const metrics::Label label{"pool", name};
    writer.gauge(Family::pool_sessions_active, {label},
                 static_cast<double>(totals.sessions_active()));
    writer.counter(Family::pool_picks, {label}, static_cast<double>(totals.picks()));
    writer.counter(Family::pool_retries, {label}, static_cast<double>(totals.retries()));
    writer.counter(Family::pool_no_backend, {label}, static_cast<double>(totals.no_backend()));
    writer.gauge(Family::pool_panic, {label}, pools[index]->panic ? 1 : 0);
    writer.gauge(Family::pool_queue_length, {label},
                 server.waiting(static_cast<proxy::PoolNumber>(index)));
    writer.histogram(Family::pool_queue_seconds, {label}, totals.queue_seconds());
    writer.counter(Family::pool_queue_rejected, {label, {"reason", "full"}},
                   static_cast<double>(totals.queue_full()));
    writer.counter(Family::pool_queue_rejected, {label, {"reason", "timeout"}},
                   static_cast<double>(totals.queue_timeouts()));
    for (const std::string_view state : balancer::kStateNames)
      writer.gauge(Family::pool_members, {label, {"state", state}},
                   static_cast<double>(pools[index]->members_in(state)));
    for (const balancer::Member& member : pools[index]->members)
      write_backend(writer, server, name, member);
  }
}

void write_names(Writer& writer, const proxy::Server& server) {
  for (const auto& pool : server.pools())
    for (const balancer::NameProbe& name : pool->names()) {
      const metrics::Label pool_label{"pool", pool->name()};
      const metrics::Label label{"name", name.name};
      writer.counter(Family::name_lookups, {pool_label, label, {"result", "answered"}},
                     static_cast<double>(name.answered.value()));
      writer.counter(Family::name_lookups, {pool_label, label, {"result", "failed"}},
                     static_cast<double>(name.failed.value()));
      writer.gauge(Family::name_answers, {pool_label, label},
                   static_cast<double>(name.addresses.value()));
      writer.gauge(Family::name_last_success_seconds, {pool_label, label},
                   static_cast<double>(name.last_success_s.value()));
      writer.counter(Family::name_changes, {pool_label, label},
                     static_cast<double>(name.changes.value()));
    }
}

}  // namespace

ProxyMetrics::ProxyMetrics(const proxy::Server& server) : server_(server), reactors_(server) {}

void ProxyMetrics::write(Writer& writer, bool draining) {
  writer.gauge(Family::reactors, {}, static_cast<double>(server_.reactors().size()));
  writer.gauge(Family::draining, {}, draining ? 1 : 0);
  reactors_.write(writer);
  write_listeners(writer, server_);
  write_pools(writer, server_);
  write_downtimes(writer);
  write_names(writer, server_);
}

void ProxyMetrics::write_downtimes(Writer& writer) {
  const base::TimePoint now = base::Clock::now();
  for (const auto& pool : server_.directory().pools())
    for (const balancer::Member& member : pool->members) {
      told_downtimes_.resize(std::max<std::size_t>(told_downtimes_.size(), member.slot + 1));
      base::Duration& told = told_downtimes_[member.slot];
      told = std::max(told, server_.checks()[member.slot].downtime.read(now));
      writer.counter(Family::backend_downtime_seconds,
                     {{"pool", pool->settings.name}, {"backend", member.name}},
                     std::chrono::duration<double>(told).count());
    }
}

}  // namespace weir::admin
