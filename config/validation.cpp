#include "config/validation.h"

#include "config/fault.h"
#include "config/key.h"
#include "config/nearest.h"

#include <sys/socket.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace weir::config {
namespace {

constexpr Origin kWholeFile = {Origin::Source::file, Origin::kWholeFile};

/// The setting of that key, even if its value was faulty; null if the section has none.
const Setting* find_setting(const Section& section, std::string_view key) {
  const auto found = std::find_if(section.settings.begin(), section.settings.end(),
                                  [&](const Setting& setting) { return setting.key == key; });
  return found == section.settings.end() ? nullptr : &*found;
}

/// Where that key is set, else where the section begins.
const Origin& origin_of(const Section& section, std::string_view key) {
  const Setting* const setting = find_setting(section, key);
  return setting == nullptr ? section.origin : setting->origin;
}

void require(const Section& section, std::string_view name, Findings& findings) {
  if (find_setting(section, name) != nullptr) return;
  const Key& key = *find_section_key(section.scope, name);
  const std::string kind = section.scope == Scope::listener ? "the listener" : "the pool";
  findings.add_fault(section.origin, shown_name(key, section.origin),
                     {"missing from " + kind + " " + quoted(section.name),
                      "Add " + shown_example(key, section.origin)});
}

void require_sections(const Assembly& assembly, Findings& findings) {
  if (assembly.listener_sections.empty()) {
    findings.add_fault(kWholeFile, "listener",
                       {"there is none", "Add [listener.NAME] with bind = ADDR:PORT"});
  }
  if (assembly.pool_sections.empty()) {
    findings.add_fault(kWholeFile, "pool",
                       {"there is none", "Add [pool.NAME] with backend = HOST:PORT"});
  }
}

/// Joins listeners to pools by name.
class PoolUse {
 public:
  explicit PoolUse(const Assembly& assembly) {
    for (const PoolConfig& pool : assembly.config.pools) {
      names_.push_back(pool.name);
      known_.insert(pool.name);
    }
  }

  void connect(ListenerConfig& listener, const Section& section, Findings& findings) {
    const Setting* const setting = find_setting(section, "pool");
    if (setting == nullptr) {
      choose_only_pool(listener, section, findings);
    } else if (listener.pool.empty()) {
      // The value could not be read, and a pool meant by it must not be called unused.
      is_complete_ = false;
    } else if (!known_.contains(listener.pool) && !names_.empty()) {
      report_missing(*setting, listener.pool, findings);
    }
    used_.insert(listener.pool);
  }

  void warn_of_unused(const Assembly& assembly, Findings& findings) const {
    if (!is_complete_) return;
    for (const Section* const section : assembly.pool_sections) {
      if (used_.contains(section->name)) continue;
      findings.add_warning(section->origin, "[pool." + section->name + "]",
                           {"no listener uses this pool", ""});
    }
  }

 private:
  void choose_only_pool(ListenerConfig& listener, const Section& section, Findings& findings) {
    if (names_.size() == 1) {
      listener.pool = names_.front();
    } else if (!names_.empty()) {
      is_complete_ = false;
      findings.add_fault(section.origin, "pool",
                         {"missing from the listener " + quoted(listener.name),
                          "Add pool = NAME, one of: " + listed(names_)});
    }
  }

  void report_missing(const Setting& setting, const std::string& pool, Findings& findings) {
    is_complete_ = false;
    const std::string meant = did_you_mean(pool, names_);
    findings.add_fault(setting.origin, "pool",
                       {"there is no pool " + quoted(pool),
                        meant.empty() ? "Pools are: " + listed(names_) : meant});
  }

  std::vector<std::string_view> names_;
  std::unordered_set<std::string_view> known_;
  std::unordered_set<std::string> used_;
  bool is_complete_ = true;  ///< every listener's pool is known
};

/// Two sockets on one address could not both be bound; with port 0 the kernel tells them apart.
void forbid_shared_addresses(const Assembly& assembly, Findings& findings) {
  std::unordered_map<std::string, std::string> users;
  const auto& admin = assembly.config.admin;
  if (admin && (admin->is_unix() || admin->port() != 0)) {
    users.emplace(admin->to_string(), "the admin address");
  }
  for (std::size_t i = 0; i < assembly.config.listeners.size(); ++i) {
    const ListenerConfig& listener = assembly.config.listeners[i];
    const Setting* const setting = find_setting(*assembly.listener_sections[i], "bind");
    const bool is_bound = listener.bind.is_unix() || listener.bind.port() != 0;
    if (setting == nullptr || !is_bound) continue;
    const auto [user, is_free] =
        users.emplace(listener.bind.to_string(), "the listener " + quoted(listener.name));
    if (is_free) continue;
    findings.add_fault(
        setting->origin, shown_name(*find_section_key(Scope::listener, "bind"), setting->origin),
        {quoted(user->first) + " is taken by " + user->second, "Give each an address of its own"});
  }
}

/// A connection to `backend` arrives at the listener bound there. ("[::]" takes IPv4 too.)
bool leads_to(const base::Endpoint& backend, const base::Endpoint& bound) {
  if (backend == bound) return bound.is_unix() || bound.port() != 0;
  if (backend.is_unix() || bound.is_unix() || backend.port() != bound.port()) return false;
  const bool is_taken = bound.family() == backend.family() || bound.family() == AF_INET6;
  return is_taken && bound.is_any_address() && backend.is_loopback();
}

void warn_of_loop(const ListenerConfig& listener, const PoolConfig& pool, const Section& section,
                  Findings& findings) {
  for (const BackendConfig& backend : pool.backends) {
    if (!backend.endpoint || !leads_to(*backend.endpoint, listener.bind)) continue;
    findings.add_warning(
        section.origin, shown_name(*find_section_key(Scope::pool, "backend"), section.origin),
        {quoted(backend.address) + " is where the listener " + quoted(listener.name) +
             " listens, which uses this pool: its connections would come back to weir",
         "Name the server behind"});
  }
}

/// A listener whose pool leads back to it opens connections until a limit is met.
void warn_of_loops(const Assembly& assembly, Findings& findings) {
  std::unordered_map<std::string_view, std::size_t> places;
  for (const PoolConfig& pool : assembly.config.pools) places.emplace(pool.name, places.size());
  for (const ListenerConfig& listener : assembly.config.listeners) {
    const auto found = places.find(listener.pool);
    if (found == places.end()) continue;
    warn_of_loop(listener, assembly.config.pools[found->second],
                 *assembly.pool_sections[found->second], findings);
  }
}

/// What each value allows by itself and both together do not.
void forbid_contradictions(const Assembly& assembly, Findings& findings) {
  for (std::size_t i = 0; i < assembly.config.pools.size(); ++i) {
    const PoolConfig& pool = assembly.config.pools[i];
    const Section& section = *assembly.pool_sections[i];
    const auto forbid = [&](std::string_view key, const std::string& fault,
                            const std::string& remedy) {
      findings.add_fault(origin_of(section, key), key,
                         {fault + " in the pool " + quoted(pool.name), remedy});
    };
    if (pool.eject_time > pool.eject_time_max)
      forbid("eject_time", "longer than eject_time_max",
             "Raise eject_time_max, or lower eject_time");
    const bool may_queue =
        pool.queue_limit > 0 &&
        std::any_of(pool.backends.begin(), pool.backends.end(),
                    [](const auto& backend) { return backend.max_connections > 0; });
    if (pool.panic_threshold == 100 && may_queue)
      forbid(
          "panic_threshold",
          "at 100 one dead backend is enough for a panic, in which sessions would wait for places "
          "at dead backends, which have max_connections",
          "Lower panic_threshold, or write queue_limit = 0");
    if (pool.resolve_min > pool.resolve_max)
      forbid("resolve_min", "longer than resolve_max", "Raise resolve_max, or lower resolve_min");
  }
}

void limit(const char* key, std::size_t count, std::size_t most, Findings& findings) {
  if (count <= most) return;
  findings.add_fault(kWholeFile, key,
                     {std::to_string(count) + " are more than one process takes",
                      "Write at most " + std::to_string(most) + ", and start another weir"});
}

void limit_sizes(const Config& config, Findings& findings) {
  std::size_t backends = 0;
  for (const PoolConfig& pool : config.pools) backends += pool.backends.size();
  limit("listener", config.listeners.size(), kMostListeners, findings);
  limit("pool", config.pools.size(), kMostPools, findings);
  limit("backend", backends, kMostBackends, findings);
}

}  // namespace

void validate(Assembly& assembly, Findings& findings) {
  require_sections(assembly, findings);
  for (const Section* const section : assembly.listener_sections) {
    require(*section, "bind", findings);
  }
  for (const Section* const section : assembly.pool_sections) {
    require(*section, "backend", findings);
  }
  PoolUse pool_use(assembly);
  for (std::size_t i = 0; i < assembly.config.listeners.size(); ++i) {
    pool_use.connect(assembly.config.listeners[i], *assembly.listener_sections[i], findings);
  }
  pool_use.warn_of_unused(assembly, findings);
  forbid_shared_addresses(assembly, findings);
  forbid_contradictions(assembly, findings);
  warn_of_loops(assembly, findings);
  limit_sizes(assembly.config, findings);
}

}  // namespace weir::config
