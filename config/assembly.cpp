#include "config/assembly.h"

#include "config/backend_address.h"
#include "config/fault.h"
#include "config/key.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <variant>

namespace weir::config {
namespace {

/// Remembers which keys of one section, or of one source, have been set.
class Repetitions {
 public:
  /// Whether this may stand; a repetition of what may not be repeated is reported.
  bool admit(const Key& key, const Setting& setting, Findings& findings) {
    if (key.repeatable) return true;
    const auto [first, is_first] = lines_.emplace(key.name, setting.origin.line);
    if (is_first) return true;
    const bool in_file = setting.origin.source == Origin::Source::file;
    const std::string where = in_file ? " in line " + std::to_string(first->second) : "";
    findings.add_fault(setting.origin, shown_name(key, setting.origin),
                       {"already given" + where, "Keep one of them"});
    return false;
  }

 private:
  std::unordered_map<std::string_view, std::size_t> lines_;
};

/// Reads one value into its owner, or reports why not.
template <typename Owner>
bool apply(const Key& key, const Setting& setting, Owner& owner, Findings& findings) {
  if (!setting.value) return false;
  const std::string shown = shown_name(key, setting.origin);
  if (setting.value->empty()) {
    const std::string example = shown_example(key, setting.origin);
    findings.add_fault(setting.origin, shown, {"the value is empty", "Write " + example});
    return false;
  }
  auto problem = std::get<Setter<Owner>>(key.set)(owner, *setting.value);
  if (!problem) return true;
  findings.add_fault(setting.origin, shown, *std::move(problem));
  return false;
}

/// Removes the backend that was added last if the pool has it already.
class DistinctBackends {
 public:
  void judge_last(PoolConfig& pool, const Setting& setting, const Key& key, Findings& findings) {
    const BackendConfig& added = pool.backends.back();
    if (addresses_.insert(canonical_address(added)).second) return;
    findings.add_fault(setting.origin, shown_name(key, setting.origin),
                       {"the pool has " + quoted(added.address) + " already",
                        "Name each backend once; weight= gives it a larger share"});
    pool.backends.pop_back();
  }

 private:
  std::unordered_set<std::string> addresses_;
};

template <typename Owner>
Owner build(const Section& section, const Owner& defaults, Findings& findings) {
  Owner owner = defaults;
  owner.name = section.name;
  Repetitions repetitions;
  DistinctBackends backends;
  for (const Setting& setting : section.settings) {
    const Key* const key = find_section_key(section.scope, setting.key);
    if (key == nullptr) {
      findings.add_fault(setting.origin, setting.key, misplaced_key(setting.key, section.scope));
      continue;
    }
    if (!repetitions.admit(*key, setting, findings)) continue;
    const bool applied = apply(*key, setting, owner, findings);
    if constexpr (std::is_same_v<Owner, PoolConfig>) {
      if (applied && key->repeatable) backends.judge_last(owner, setting, *key, findings);
    }
  }
  return owner;
}

std::string title_of(const Section& section) {
  const char* const kind = section.scope == Scope::listener ? "listener." : "pool.";
  return "[" + (kind + section.name) + "]";
}

}  // namespace

void apply_top(const std::vector<Setting>& settings, Defaults& defaults, Findings& findings) {
  Repetitions repetitions;
  for (const Setting& setting : settings) {
    const Key* const key = find_top_key(setting.key);
    if (key == nullptr) {
      findings.add_fault(setting.origin, setting.key, misplaced_key(setting.key, std::nullopt));
      continue;
    }
    if (!repetitions.admit(*key, setting, findings)) continue;
    switch (key->scope()) {
      case Scope::process: apply(*key, setting, defaults.process, findings); break;
      case Scope::listener: apply(*key, setting, defaults.listener, findings); break;
      case Scope::pool: apply(*key, setting, defaults.pool, findings); break;
    }
  }
}

Assembly assemble(const Document& document, const Defaults& defaults, Findings& findings) {
  Assembly assembly{defaults.process, {}, {}};
  std::unordered_map<std::string, std::size_t> lines;
  for (const Section& section : document.sections) {
    const auto [first, is_first] = lines.emplace(title_of(section), section.origin.line);
    if (!is_first) {
      findings.add_fault(section.origin, first->first,
                         {"this section stands already in line " + std::to_string(first->second),
                          "Join the two, or give one another name"});
    }
    if (section.scope == Scope::listener) {
      ListenerConfig listener = build(section, defaults.listener, findings);
      if (!is_first) continue;
      assembly.config.listeners.push_back(std::move(listener));
      assembly.listener_sections.push_back(&section);
    } else {
      PoolConfig pool = build(section, defaults.pool, findings);
      if (!is_first) continue;
      assembly.config.pools.push_back(std::move(pool));
      assembly.pool_sections.push_back(&section);
    }
  }
  return assembly;
}

}  // namespace weir::config
