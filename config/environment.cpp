#include "config/environment.h"

#include "config/key.h"
#include "config/nearest.h"

#include <unistd.h>

#include <cstddef>
#include <string_view>

namespace weir::config {
namespace {

constexpr std::string_view kPrefix = "WEIR_";
constexpr Origin kOrigin = {Origin::Source::environment, 0};

/// Read elsewhere: the file to load, and what tests switch on in builds that have fault points.
bool has_other_reader(std::string_view name) {
  return name == "WEIR_CONFIG" || name == "WEIR_FAULT_POINTS";
}

std::map<std::string, const Key*> keys_by_variable() {
  std::map<std::string, const Key*> keys;
  for (const Key& key : all_keys()) {
    if (key.reach == Key::Reach::everywhere) keys.emplace(variable_name(key), &key);
  }
  return keys;
}

Problem unknown_variable(std::string_view name, const std::map<std::string, const Key*>& keys) {
  std::vector<std::string_view> known;
  known.reserve(keys.size());
  for (const auto& [variable, key] : keys) known.push_back(variable);
  return {"no key has this name, so it is ignored", did_you_mean(name, known)};
}

}  // namespace

Environment process_environment() {
  Environment environment;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) continue;
    environment.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return environment;
}

std::vector<Setting> settings_of(const Environment& environment, Findings& findings) {
  const auto keys = keys_by_variable();
  std::vector<Setting> settings;
  for (auto variable = environment.lower_bound(std::string(kPrefix));
       variable != environment.end() && variable->first.starts_with(kPrefix); ++variable) {
    const auto& [name, value] = *variable;
    if (has_other_reader(name)) continue;
    const auto key = keys.find(name);
    if (key == keys.end()) {
      findings.add_warning(kOrigin, name, unknown_variable(name, keys));
    } else {
      settings.push_back({std::string(key->second->name), value, kOrigin});
    }
  }
  return settings;
}

}  // namespace weir::config
