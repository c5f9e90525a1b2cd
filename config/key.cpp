#include "config/key.h"

#include "config/fault.h"
#include "config/nearest.h"

#include <algorithm>

namespace weir::config {
namespace {

template <typename Condition>
const Key* find_key(Condition condition) {
  const auto keys = all_keys();
  const auto found = std::find_if(keys.begin(), keys.end(), condition);
  return found == keys.end() ? nullptr : &*found;
}

bool is_allowed(const Key& key, std::optional<Scope> section) {
  return section ? key.scope() == *section : key.reach == Key::Reach::everywhere;
}

std::string home_of(const Key& key) {
  switch (key.scope()) {
    case Scope::process: break;
    case Scope::listener: return "Put it into [listener.NAME]";
    case Scope::pool: return "Put it into [pool.NAME]";
  }
  return "Put it at the top of the file, above the first section";
}

std::string description_of(std::optional<Scope> section) {
  if (!section) return "not a key for the top of the file";
  return *section == Scope::listener ? "not a key of a listener" : "not a key of a pool";
}

}  // namespace

const Key* find_top_key(std::string_view name) {
  return find_key([&](const Key& key) { return key.name == name && is_allowed(key, {}); });
}

const Key* find_section_key(Scope scope, std::string_view name) {
  return find_key([&](const Key& key) { return key.name == name && is_allowed(key, scope); });
}

Problem misplaced_key(std::string_view name, std::optional<Scope> section) {
  const Key* elsewhere = find_key([&](const Key& key) { return key.name == name; });
  if (elsewhere != nullptr) return {description_of(section), home_of(*elsewhere)};

  // What may stand here is the likelier wish; only then what belongs elsewhere.
  std::vector<std::string_view> here;
  std::vector<std::string_view> all;
  for (const Key& key : all_keys()) {
    if (is_allowed(key, section)) here.push_back(key.name);
    all.push_back(key.name);
  }
  std::string remedy = did_you_mean(name, here);
  if (remedy.empty()) remedy = did_you_mean(name, all);
  if (remedy.empty()) remedy = "docs/configuration.md lists every key";
  return {"unknown key", remedy};
}

std::string variable_name(const Key& key) {
  std::string name = "WEIR_" + std::string(key.name);
  for (char& letter : name) {
    if (letter >= 'a' && letter <= 'z') letter = static_cast<char>(letter - 'a' + 'A');
  }
  return name;
}

std::string shown_name(const Key& key, const Origin& origin) {
  switch (origin.source) {
    case Origin::Source::command_line: return "--" + std::string(key.flag);
    case Origin::Source::environment: return variable_name(key);
    case Origin::Source::file: break;
  }
  return std::string(key.name);
}

std::string shown_example(const Key& key, const Origin& origin) {
  const std::string name = shown_name(key, origin);
  switch (origin.source) {
    case Origin::Source::command_line: return name + " " + std::string(key.value_form);
    case Origin::Source::environment: return name + "=" + std::string(key.value_form);
    case Origin::Source::file: break;
  }
  return name + " = " + std::string(key.value_form);
}

}  // namespace weir::config
