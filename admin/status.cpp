#include "admin/status.h"

#include "admin/mean.h"
#include "admin/pools_json.h"
#include "proxy/totals.h"

#include <array>
#include <cmath>
#include <utility>
#include <vector>

namespace weir::admin {
namespace {

namespace json = boost::json;

double rounded(double share) { return std::round(share * 1000) / 1000; }

json::object reason_json(const proxy::CloseReason& reason) {
  return {{"who", to_string(reason.who)},
          {"how", to_string(reason.how)},
          {"phase", to_string(reason.phase)}};
}

json::array closed_json(const Recent::Closed& total, const Recent::Closed& before) {
  json::array list;
  for (std::size_t i = 0; i < proxy::kCloseReasons.size(); ++i) {
    if (total[i] == 0) continue;
    json::object reason = reason_json(proxy::kCloseReasons[i]);
    reason["total"] = total[i];
    reason["recent"] = total[i] - before[i];
    list.push_back(std::move(reason));
  }
  return list;
}

}  // namespace

json::object process_json(const proxy::Server& server, bool draining, bool changes) {
  return {{"version", WEIR_VERSION},
          {"state", draining ? "draining" : "serving"},
          {"time", unix_seconds(std::chrono::system_clock::now())},
          {"uptime_seconds", static_cast<std::int64_t>(server.uptime_seconds())},
          {"sessions_active", proxy::sessions_active(server)},
          {"max_connections", server.max_connections()},
          {"changes", changes}};
}

json::object reactors_json(const proxy::Server& server) {
  json::array list;
  std::vector<double> sessions;
  std::vector<double> busy;
  for (const auto& reactor : server.reactors()) {
    const proxy::ReactorProbe& probe = reactor->probe();
    sessions.push_back(static_cast<double>(probe.sessions_active.value()));
    busy.push_back(probe.busy.read(base::Clock::now()).recent_share);
    list.push_back(
        {{"reactor", reactor->number()},
         {"sessions_active", probe.sessions_active.value()},
         {"sessions_placed", probe.sessions_placed.value()},
         {"busy_share", rounded(busy.back())},
         {"loop_iterations", probe.loop_duration.count()},
         {"relayed_bytes", probe.relayed_bytes_copy.value() + probe.relayed_bytes_splice.value()},
         {"buffer_bytes", probe.buffer_bytes.value()},
         {"pipes_open", probe.pipes_open.value()},
         {"timers_pending", probe.timers_pending.value()},
         {"handler_faults", probe.handler_faults.value()},
         {"lag_seconds_mean", mean_seconds(std::array{&probe.loop_lag})},
         {"turn_seconds_mean", mean_seconds(std::array{&probe.loop_duration})},
         {"stalls", server.watchdog().stalls(reactor->number()).stalls.value()},
         {"at", to_string(probe.doing().work)}});
  }
  return {{"reactors", std::move(list)},
          {"imbalance",
           {{"sessions", rounded(imbalance(sessions))}, {"busy", rounded(imbalance(busy))}}}};
}

json::array listeners_json(const proxy::Server& server) {
  json::array list;
  const auto entries = server.directory().listeners();
  for (std::size_t index = 0; index < entries.size(); ++index) {
    const proxy::ListenerTotals totals(server, static_cast<proxy::ListenerNumber>(index));
    std::uint64_t errors = 0;
    for (std::size_t error = 0; error < proxy::kAcceptErrorCount; ++error)
      errors += totals.accept_errors(static_cast<proxy::AcceptError>(error));
    std::uint64_t ended = 0;
    for (const proxy::CloseReason& reason : proxy::kCloseReasons) ended += totals.closed(reason);
    list.push_back({{"name", entries[index].name},
                    {"address", entries[index].bound.to_string()},
                    {"pool", entries[index].pool},
                    {"sessions_active", totals.sessions_active()},
                    {"max_connections", entries[index].max_connections},
                    {"accepted", totals.accepted()},
                    {"accept_errors", errors},
                    {"ended", ended},
                    {"received_bytes", totals.received_bytes()},
                    {"sent_bytes", totals.sent_bytes()}});
  }
  return list;
}

json::object events_json(const proxy::Server& server, std::uint64_t after, std::size_t most) {
  json::array list;
  for (const balancer::Journal::Change& change : server.journal().changes_after(after, most))
    list.push_back({{"number", change.number},
                    {"time", unix_seconds(change.time)},
                    {"pool", change.pool},
                    {"backend", change.backend},
                    {"from", change.from},
                    {"to", change.to},
                    {"cause", change.cause}});
  return {{"events", std::move(list)}};
}

json::object history_json(const Recent& recent, std::uint64_t after) {
  const bool is_of_another_run = recent.samples().empty() || after > recent.samples().back().number;
  if (is_of_another_run) after = 0;
  json::array list;
  for (const Recent::Sample& sample : recent.samples()) {
    if (sample.number <= after) continue;
    json::array busy;
    for (const float share : sample.busy_shares) busy.push_back(rounded(share));
    list.push_back({{"number", sample.number},
                    {"time", unix_seconds(sample.time)},
                    {"sessions_active", sample.sessions_active},
                    {"accepted", sample.accepted},
                    {"relayed_bytes", sample.relayed_bytes},
                    {"busy_shares", std::move(busy)}});
  }
  json::array closed;
  double seconds = 0;
  if (!recent.samples().empty()) {
    const Recent::Sample& first = recent.samples().front();
    const Recent::Sample& last = recent.samples().back();
    const bool has_all = first.number == 1;  // what ended before the first look is recent too
    closed = closed_json(last.closed, has_all ? Recent::Closed{} : first.closed);
    seconds = in_seconds(last.time - first.time);
  }
  return {{"samples", std::move(list)},
          {"closed", std::move(closed)},
          {"closed_recent_seconds", seconds}};
}

}  // namespace weir::admin
