#include "balancer/pool.h"

#include "balancer/plan.h"
#include "base/fault_point.h"
#include "base/log.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

namespace weir::balancer {
namespace {

Ejection::Rules ejection_rules(const config::PoolConfig& config) {
  return {config.eject_after, config.eject_time, config.eject_time_max};
}

long long whole_seconds(base::Duration duration) {
  return std::chrono::ceil<std::chrono::seconds>(duration).count();
}

std::int64_t seconds_since_1970() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::floor<std::chrono::seconds>(now).count();
}

}  // namespace

Pool::Pool(boost::asio::io_context& context, Resolver& resolver, SlotTable& slots,
           const Published& published, Checks& checks, Journal& journal, config::PoolConfig config,
           Hooks hooks)
    : resolver_(resolver),
      slots_(slots),
      published_(published),
      checks_(checks),
      journal_(journal),
      config_(std::move(config)),
      hooks_(std::move(hooks)),
      context_(context),
      timer_(context) {
  if (config_.check.kind != config::CheckConfig::Kind::none)
    check_plan_ = std::make_shared<const CheckPlan>(config_.check);
  for (const config::BackendConfig& backend_config : config_.backends) {
    Backend& backend = backends_.emplace_back();
    backend.config = backend_config;
    if (backend_config.endpoint) {
      backend.addresses.push_back({*backend_config.endpoint});
      continue;
    }
    backend.again = std::make_unique<boost::asio::steady_timer>(context);
    backend.probe = &names_.emplace_back();
    backend.probe->name = backend_config.address;
  }
}

// Snapshots

std::shared_ptr<const PoolSnapshot> Pool::make_snapshot() {
  auto made = std::make_shared<PoolSnapshot>();
  made->settings = config_;
  add_members(*made);
  plan(*made, base::Clock::now());
  tell_whether_it_serves(*made);
  if (config_.balance == config::Balance::maglev) made->maglev = maglev_table_of(made->members);
  return made;
}

void Pool::add_members(PoolSnapshot& made) {
  std::set<std::string> seen;  // two names may share an address: it is one backend
  for (const Backend& backend : backends_) {
    if (backend.addresses.empty()) made.unresolved.push_back(backend.config.address);
    for (const NamedAddress& address : backend.addresses)
      if (seen.insert(address.endpoint.to_string()).second) add_member(made, backend, address);
  }
  for (auto& [slot, state] : states_)
    if (state.leave_until) add_member_of(made, slot, state);
}

Member& Pool::add_member_of(PoolSnapshot& made, SlotNumber slot, State& state) {
  state.history.became(state.standing, std::chrono::system_clock::now());
  Member& member = made.members.emplace_back();
  member.slot = slot;
  member.name = state.name;
  member.endpoint = state.endpoint;
  member.standing = state.standing;
  member.ejections = state.ejections;
  member.will = wills_.of(slot);
  member.configured_weight = state.configured_weight;
  member.history = state.history;
  return member;
}

void Pool::add_member(PoolSnapshot& made, const Backend& backend, const NamedAddress& address) {
  const std::string name = address.endpoint.to_string();
  const auto slot = slots_.slot_of(config_.name, name);
  if (!slot)
    return base::log::error("pool {}: no slot left for {}: it gets no sessions", config_.name,
                            name);
  auto found = states_.find(*slot);
  if (found == states_.end()) {
    found = states_.try_emplace(*slot, name, address.endpoint, ejection_rules(config_)).first;
    found->second.standing.healthy = config_.check.starts_healthy;
    found->second.cause = "a name has it";
    wills_.apply(*slot, false, found->second.standing);
    if (is_started_ && backend.answered) came_back(found->second, base::Clock::now());
  }
  State& state = found->second;
  if (std::exchange(state.leave_until, std::nullopt)) {
    state.cause = "a name has it again";
    wills_.apply(*slot, false, state.standing);
  }
  state.configured_weight = address.weight.value_or(backend.config.weight);
  state.weight = wills_.of(*slot).weight.value_or(state.configured_weight);
  state.max_connections = backend.config.max_connections;
  Member& member = add_member_of(made, *slot, state);
  member.weight = state.weight;
  member.priority = address.priority.value_or(backend.config.priority);
}

void Pool::plan(PoolSnapshot& made, base::TimePoint now) {
  std::vector<Plan::Member> members;
  for (const Member& member : made.members) {
    const State& state = states_.at(member.slot);
    const std::uint32_t warmth =
        state.warm_since ? warmth_percent(*state.warm_since, now, config_.slow_start) : 100;
    members.push_back({member.weight, member.priority, member.standing, warmth});
  }
  const Plan made_plan =
      Plan::of(members, {config_.overprovisioning_factor, config_.panic_threshold});
  for (std::size_t i = 0; i < made.members.size(); ++i) {
    made.members[i].effective_weight = made_plan.weights[i];
    made.members[i].max_connections =
        warm_limit(states_.at(made.members[i].slot).max_connections, members[i].warmth_percent);
  }
  made.panic = made_plan.panic;
  if (std::exchange(panic_, made.panic) == made.panic) return;
  if (made.panic)
    base::log::warning("pool {}: panic: fewer than {} % of its backends are eligible; all are used",
                       config_.name, config_.panic_threshold);
  else
    base::log::info("pool {}: the panic is over", config_.name);
}

void Pool::tell_whether_it_serves(const PoolSnapshot& made) {
  const bool has = std::any_of(made.members.begin(), made.members.end(), [](const Member& member) {
    return member.weight > 0 && eligible(member.standing);
  });
  if (std::exchange(has_eligible_, has).value_or(has) == has) return;
  if (has)
    base::log::info("pool {}: it has an eligible backend", config_.name);
  else
    base::log::warning("pool {}: its last eligible backend is gone", config_.name);
}

void Pool::publish(base::TimePoint now) {
  arm_timer(now);  // first: what follows may find no memory
  WEIR_FAULT_POINT("pool.publish");
  hooks_.changed(make_snapshot());
  write_down_changes();
  account_downtime(now);
}

/// Not before a snapshot has been told, which is when its slots have probes.
void Pool::account_downtime(base::TimePoint now) noexcept {
  for (const auto& [slot, state] : states_)
    checks_.probes[slot].downtime.stands(state.standing, now);
}

/// What found no memory is written down next time.
void Pool::write_down_changes() {
  for (auto& [slot, state] : states_) {
    const std::string_view now = state.history.state();
    if (now == state.told) continue;
    journal_.changed(
        {0, state.history.since(), config_.name, state.name, state.told, now, state.cause});
    state.told = now;
  }
}

void Pool::recover() {
  if (!is_started_) return;
  for (auto& [slot, state] : states_) {
    if (!state.checker) continue;
    state.checker->recover();
    state.standing.healthy = state.checker->healthy();  // a verdict may have gone untold
  }
  publish(base::Clock::now());
  start_checks();
  for (Backend& backend : backends_)
    if (backend.again && backend.again->expiry() <= base::Clock::now()) resolve(backend);
}

// What time brings

void Pool::arm_timer(base::TimePoint now) {
  base::TimePoint next = base::TimePoint::max();
  const base::Duration step =
      std::max<base::Duration>(config_.slow_start / kSlowStartSteps, kLeastStep);
  for (const auto& [slot, state] : states_) {
    if (state.standing.ejected) next = std::min(next, state.ejection.until());
    if (state.warm_since) next = std::min(next, now + step);
    if (state.leave_until) next = std::min(next, *state.leave_until);
  }
  if (next == base::TimePoint::max()) return;
  timer_.expires_at(next);
  timer_.async_wait([this](const boost::system::error_code& cancelled) {
    if (!cancelled) time_passed();
  });
}

void Pool::time_passed() {
  const base::TimePoint now = base::Clock::now();
  part_with_the_lost(now);
  for (auto& [slot, state] : states_) {
    if (state.warm_since && now - *state.warm_since >= config_.slow_start) state.warm_since.reset();
    if (!state.ejection.let_back(now)) continue;
    state.standing.ejected = false;
    state.cause = "its ejection is over";
    came_back(state, now);
    base::log::info("pool {}: {} is let back: its ejection is over", config_.name, state.name);
  }
  publish(now);
}

/// One more bit speaks for it; once all do, its slow start begins.
void Pool::came_back(State& state, base::TimePoint now) const {
  if (eligible(state.standing) && config_.slow_start > base::Duration::zero())
    state.warm_since = now;
}

// Active health

void Pool::start_checks() {
  if (!is_started_ || !check_plan_) return;
  for (auto& [slot, state] : states_) {
    if (state.checker) continue;
    state.checker =
        std::make_unique<Checker>(context_, checks_.gate, check_plan_, state.endpoint,
                                  [this, slot = slot](const CheckVerdict& verdict, bool changed) {
                                    checked(slot, verdict, changed);
                                  });
  }
}

void Pool::checked(SlotNumber slot, const CheckVerdict& verdict, bool changed) {
  checks_.probes[slot].took(verdict, changed);
  journal_.checked(slot, verdict, std::chrono::system_clock::now());
  if (!changed) return;
  State& state = states_.at(slot);
  const base::TimePoint now = base::Clock::now();
  state.standing.healthy = state.checker->healthy();
  state.cause = (state.standing.healthy ? "checks passed: " : "checks failed: ") + verdict.what;
  state.warm_since.reset();
  if (state.standing.healthy) {
    // Checks that have followed it down and up know more than the sessions before.
    if (std::exchange(state.standing.ejected, false)) state.ejection.lift(now);
    came_back(state, now);
  }
  publish(now);
  if (state.standing.healthy) {
    base::log::info("pool {}: {} is healthy again: {} checks in a row passed, the last: {}",
                    config_.name, state.name, config_.check.rise, verdict.what);
  } else {
    base::log::warning("pool {}: {} is unhealthy: {} checks in a row failed, the last: {}",
                       config_.name, state.name, config_.check.fall, verdict.what);
    if (config_.on_down == config::OnDown::close) hooks_.end_sessions(slot, Ending::unhealthy);
  }
}

// Passive health

void Pool::session_failed(SlotNumber slot) {
  const auto found = states_.find(slot);
  if (found == states_.end()) return;
  State& state = found->second;
  const std::uint64_t failures = failures_in_a_row(published_.streaks, slot);
  if (!state.ejection.is_due(failures)) return;
  const base::TimePoint now = base::Clock::now();
  if (!may_eject_one_more()) {
    if (warnings_.allow(now))
      base::log::warning(
          "pool {}: {} failed {} session(s) in a row and stays: {} % of the pool may be ejected, "
          "no "
          "more ({} more)",
          config_.name, state.name, failures, config_.max_ejection_percent,
          warnings_.take_suppressed());
    return;
  }
  state.ejection.eject(now);
  state.standing.ejected = true;
  state.cause = std::to_string(failures) + " session(s) in a row failed";
  state.warm_since.reset();
  ++state.ejections;
  publish(now);
  base::log::warning("pool {}: {} is ejected for {} s: {} session(s) in a row failed on it",
                     config_.name, state.name, whole_seconds(state.ejection.until() - now),
                     failures);
}

bool Pool::may_eject_one_more() const noexcept {
  std::size_t all = 0;
  std::size_t ejected = 0;
  for (const auto& [slot, state] : states_) {
    if (state.weight == 0 || state.leave_until) continue;
    ++all;
    ejected += state.standing.ejected ? 1 : 0;
  }
  return (ejected + 1) * 100 <= config_.max_ejection_percent * all;
}

// Names

void Pool::start() {
  is_started_ = true;
  for (auto& [slot, state] : states_) state.told = state.history.state();
  account_downtime(base::Clock::now());  // of those that begin unhealthy
  start_checks();
  for (Backend& backend : backends_)
    if (!backend.config.endpoint) resolve(backend);
}

void Pool::resolve(Backend& backend) {
  ask_again(backend, kLost);
  const auto told = [this, &backend](Resolver::Answer answer) {
    answered(backend, std::move(answer));
  };
  if (backend.config.is_service)
    resolver_.resolve_service(backend.config.host, told);
  else
    resolver_.resolve(backend.config.host, backend.config.port, told);
}

void Pool::answered(Backend& backend, Resolver::Answer answer) {
  if (answer.addresses.empty()) {
    backend.probe->failed.add();
    if (!std::exchange(backend.complained, true))
      base::log::warning("pool {}: {} does not resolve: {}. {}", config_.name,
                         backend.config.address, answer.error,
                         backend.answered ? "its last addresses hold; asking again"
                                          : "asking again until it does");
    return ask_again(backend, std::min<base::Duration>(kRetry, config_.resolve_interval));
  }
  backend.probe->answered.add();
  backend.probe->last_success_s.set(seconds_since_1970());
  if (std::exchange(backend.complained, false) && backend.answered)
    base::log::info("pool {}: {} resolves again", config_.name, backend.config.address);
  const base::Duration kept =
      std::clamp<base::Duration>(answer.ttl, config_.resolve_min, config_.resolve_max);
  ask_again(backend,
            std::min<base::Duration>(kept, config_.resolve_interval));  // first, as in publish()
  take_addresses(backend, std::move(answer.addresses));
  backend.answered = true;
}

void Pool::ask_again(Backend& backend, base::Duration after) {
  backend.again->expires_after(after);
  backend.again->async_wait([this, &backend](const boost::system::error_code& cancelled) {
    if (!cancelled) resolve(backend);
  });
}

/// Answers come in any order, and most are the one before.
void Pool::take_addresses(Backend& backend, std::vector<NamedAddress> addresses) {
  const auto key = [](const NamedAddress& address) {
    return std::tuple(address.endpoint.to_string(), address.priority, address.weight);
  };
  std::sort(addresses.begin(), addresses.end(),
            [&](const auto& a, const auto& b) { return key(a) < key(b); });
  const auto is_same = [](const auto& a, const auto& b) { return a.endpoint == b.endpoint; };
  addresses.erase(std::unique(addresses.begin(), addresses.end(), is_same), addresses.end());
  if (addresses == backend.addresses) return;
  base::log::info("pool {}: {} is {} address(es), after {}", config_.name, backend.config.address,
                  addresses.size(), backend.addresses.size());
  backend.addresses = std::move(addresses);
  backend.probe->addresses.set(static_cast<std::int64_t>(backend.addresses.size()));
  backend.probe->changes.add();
  const base::TimePoint now = base::Clock::now();
  part_with_the_lost(now);
  publish(now);
  start_checks();
}

/// Whom no name knows any more gets no sessions, and goes when its last one has ended or its time
/// is over.
void Pool::part_with_the_lost(base::TimePoint now) {
  std::set<std::string> known;
  for (const Backend& backend : backends_)
    for (const NamedAddress& address : backend.addresses)
      known.insert(address.endpoint.to_string());
  for (auto entry = states_.begin(); entry != states_.end();) {
    auto& [slot, state] = *entry;
    if (known.contains(state.name)) {
      ++entry;
      continue;
    }
    const std::int64_t sessions = published_.sessions_of(slot);
    if (!state.leave_until) {
      base::log::info("pool {}: {} has left; its {} session(s) may finish for {} s", config_.name,
                      state.name, sessions, whole_seconds(config_.leave_timeout));
      state.leave_until = now + config_.leave_timeout;
      state.standing.draining = true;
      state.cause = "no name has it any more";
      state.warm_since.reset();
      state.checker.reset();
    }
    if (sessions > 0 && now < *state.leave_until) {
      ++entry;
      continue;
    }
    if (sessions > 0) hooks_.end_sessions(slot, Ending::left);
    journal_.changed({0, std::chrono::system_clock::now(), config_.name, state.name, state.told,
                      StateHistory::kAbsent,
                      sessions > 0 ? "its time to finish was over" : "its sessions have ended"});
    checks_.probes[slot].downtime.stands({}, now);  // it is nobody's any more
    entry = states_.erase(entry);
  }
}

}  // namespace weir::balancer
