#include "admin/pools_json.h"

#include "admin/mean.h"
#include "balancer/will.h"
#include "config/balance_words.h"
#include "proxy/totals.h"

#include <algorithm>
#include <string>
#include <utility>

namespace weir::admin {
namespace {

namespace json = boost::json;

constexpr double kMicroseconds = 1e6;

json::value check_json(const proxy::Server& server, balancer::SlotNumber slot) {
  const auto check = server.journal().last_check(slot);
  if (!check) return nullptr;
  return {{"time", unix_seconds(check->time)},
          {"result", balancer::kCheckResults[static_cast<std::size_t>(check->verdict.result)]},
          {"cause", check->verdict.what},
          {"seconds", in_seconds(check->verdict.took)}};
}

json::object connect_errors(const proxy::BackendTotals& totals) {
  json::object errors;
  for (std::size_t i = 0; i < balancer::kConnectErrorCount; ++i)
    errors[balancer::kConnectErrorNames[i]] =
        totals.connect_errors(static_cast<balancer::ConnectError>(i));
  return errors;
}

json::object backend_of(const proxy::Server& server, const Recent& recent,
                        const balancer::Member& member) {
  const proxy::BackendTotals totals(server, member.slot);
  const std::int64_t sessions = totals.sessions_active();
  return {{"name", member.name},
          {"state", state_name(member.standing)},
          {"since", unix_seconds(member.history.since())},
          {"healthy", member.standing.healthy},
          {"enabled", member.standing.enabled},
          {"ejected", member.standing.ejected},
          {"draining", member.standing.draining},
          {"wanted", to_string(member.will.state)},
          {"weight", member.weight},
          {"configured_weight", member.configured_weight},
          {"effective_weight", member.effective_weight},
          {"priority", member.priority},
          {"check", check_json(server, member.slot)},
          {"sessions_active", sessions},
          {"sessions_most", std::max(sessions, recent.most_sessions(member.slot))},
          {"sessions_total", count_of(totals.connect_seconds())},
          {"max_connections", member.max_connections},
          {"received_bytes", totals.received_bytes()},
          {"sent_bytes", totals.sent_bytes()},
          {"connect_attempts", totals.connect_attempts()},
          {"connect_errors", connect_errors(totals)},
          {"connect_seconds_mean", mean_seconds(totals.connect_seconds())},
          {"first_byte_seconds_mean", mean_seconds(totals.first_byte_seconds())},
          {"ejections", member.ejections},
          {"downtime_seconds",
           in_seconds(server.checks()[member.slot].downtime.read(base::Clock::now()))}};
}

json::object states_of(const balancer::PoolSnapshot& pool) {
  json::object counts;
  for (const std::string_view state : balancer::kStateNames) counts[state] = pool.members_in(state);
  return counts;
}

std::string_view balance_word(config::Balance balance) {
  for (const auto& choice : config::kBalances)
    if (choice.value == balance) return choice.word;
  return "";
}

json::object pool_of(const proxy::Server& server, const Recent& recent,
                     const balancer::PoolSnapshot& pool, proxy::PoolNumber number) {
  const proxy::PoolTotals totals(server, number);
  const std::uint32_t waiting = server.waiting(number);
  return {{"name", pool.settings.name},
          {"balance", balance_word(pool.settings.balance)},
          {"panic", pool.panic},
          {"sessions_active", totals.sessions_active()},
          {"waiting", waiting},
          {"waiting_most", std::max(waiting, recent.most_waiting(number))},
          {"queue_limit", pool.has_limits() ? pool.settings.queue_limit : 0},
          {"queue_rejected", totals.queue_full() + totals.queue_timeouts()},
          {"picks", totals.picks()},
          {"retries", totals.retries()},
          {"no_backend", totals.no_backend()},
          {"states", states_of(pool)},
          {"unresolved", json::value_from(pool.unresolved)}};
}

/// What disabled is called where it is asked for, and on the page.
constexpr std::string_view kMaintenance =
    balancer::kWillNames[static_cast<std::size_t>(balancer::Will::State::maintenance)];

bool lets_through(const TextFilter& filter, const std::string& pool,
                  const balancer::Member& member) {
  return std::all_of(filter.words.begin(), filter.words.end(), [&](const TextFilter::Word& word) {
    return word.is_in("pool", pool) || word.is_in("backend", member.name) ||
           word.is_in("state", state_name(member.standing)) ||
           (!member.standing.enabled && word.is_in("state", kMaintenance));
  });
}

}  // namespace

double unix_seconds(std::chrono::system_clock::time_point time) {
  const auto since = std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch());
  return static_cast<double>(since.count()) / 1e3;
}

double in_seconds(std::chrono::nanoseconds duration) {
  const auto whole = std::chrono::floor<std::chrono::microseconds>(duration);
  return static_cast<double>(whole.count()) / kMicroseconds;
}

json::object pools_json(const proxy::Server& server, const Recent& recent,
                        const BackendChoice& choice) {
  json::array list;
  std::size_t matched = 0;
  proxy::PoolNumber number = 0;
  for (const auto& pool : server.directory().pools()) {
    json::object shown = pool_of(server, recent, *pool, number++);
    json::array backends;
    for (const balancer::Member& member : pool->members) {
      if (!lets_through(choice.filter, pool->settings.name, member)) continue;
      const std::size_t place = matched++;
      if (place >= choice.offset && place - choice.offset < choice.limit)
        backends.push_back(backend_of(server, recent, member));
    }
    shown["backends"] = std::move(backends);
    list.push_back(std::move(shown));
  }
  return {{"matched", matched}, {"pools", std::move(list)}};
}

json::value backend_json(const proxy::Server& server, const Recent& recent, std::string_view name,
                         std::string_view backend) {
  for (const auto& pool : server.directory().pools()) {
    if (pool->settings.name != name) continue;
    for (const balancer::Member& member : pool->members)
      if (member.name == backend) return backend_of(server, recent, member);
  }
  return nullptr;
}

}  // namespace weir::admin
