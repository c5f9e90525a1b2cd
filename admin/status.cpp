#include "admin/status.h"

#include "proxy/totals.h"

#include <boost/json.hpp>

#include <cmath>

namespace weir::admin {
namespace {

namespace json = boost::json;

double rounded(double share) { return std::round(share * 1000) / 1000; }

json::array reactors(const proxy::Server& server) {
  json::array list;
  for (const auto& reactor : server.reactors()) {
    const proxy::ReactorProbe& probe = reactor->probe();
    list.push_back(
        {{"reactor", reactor->number()},
         {"sessions_active", probe.sessions_active.value()},
         {"sessions_placed", probe.sessions_placed.value()},
         {"busy_share", rounded(probe.busy.read(base::Clock::now()).recent_share)},
         {"relayed_bytes", probe.relayed_bytes_copy.value() + probe.relayed_bytes_splice.value()}});
  }
  return list;
}

json::array listeners(const proxy::Server& server) {
  json::array list;
  const auto entries = server.directory().listeners();
  for (std::size_t index = 0; index < entries.size(); ++index) {
    const proxy::ListenerTotals totals(server, static_cast<proxy::ListenerNumber>(index));
    list.push_back({{"name", entries[index].name},
                    {"address", entries[index].bound.to_string()},
                    {"pool", entries[index].pool},
                    {"sessions_active", totals.sessions_active()},
                    {"accepted", totals.accepted()},
                    {"received_bytes", totals.received_bytes()},
                    {"sent_bytes", totals.sent_bytes()}});
  }
  return list;
}

json::array backends(const proxy::Server& server, const balancer::PoolSnapshot& pool) {
  json::array list;
  for (const balancer::Member& member : pool.members) {
    const proxy::BackendTotals totals(server, member.slot);
    list.push_back({{"name", member.name},
                    {"state", state_name(member.standing)},
                    {"healthy", member.standing.healthy},
                    {"enabled", member.standing.enabled},
                    {"ejected", member.standing.ejected},
                    {"draining", member.standing.draining},
                    {"weight", member.weight},
                    {"effective_weight", member.effective_weight},
                    {"max_connections", member.max_connections},
                    {"priority", member.priority},
                    {"ejections", member.ejections},
                    {"sessions_active", totals.sessions_active()},
                    {"connect_attempts", totals.connect_attempts()},
                    {"received_bytes", totals.received_bytes()},
                    {"sent_bytes", totals.sent_bytes()}});
  }
  return list;
}

json::array pools(const proxy::Server& server) {
  json::array list;
  proxy::PoolNumber number = 0;
  for (const auto& pool : server.directory().pools())
    list.push_back({{"name", pool->settings.name},
                    {"panic", pool->panic},
                    {"waiting", server.waiting(number++)},
                    {"backends", backends(server, *pool)},
                    {"unresolved", json::value_from(pool->unresolved)}});
  return list;
}

}  // namespace

std::string status_json(const proxy::Server& server, bool draining) {
  const json::object status{{"version", WEIR_VERSION},
                            {"state", draining ? "draining" : "serving"},
                            {"uptime_seconds", static_cast<std::int64_t>(server.uptime_seconds())},
                            {"max_connections", server.max_connections()},
                            {"reactors", reactors(server)},
                            {"listeners", listeners(server)},
                            {"pools", pools(server)}};
  return json::serialize(status) + "\n";
}

std::string pools_json(const proxy::Server& server) {
  return json::serialize(json::object{{"pools", pools(server)}}) + "\n";
}

}  // namespace weir::admin
