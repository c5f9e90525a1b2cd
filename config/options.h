#pragma once

#include "config/fault.h"
#include "config/nearest.h"
#include "config/parsed.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weir::config {

/// One "name=value" that may follow a value, as weight=2 does a backend's address.
template <typename Owner>
struct Option {
  std::string_view name;
  /// Reads the value into the owner; the owner is unchanged when there is a problem.
  std::optional<Problem> (*set)(Owner&, std::string_view value);
  bool is_repeatable = false;
};

/// Reads `words` into the owner, in their order. `whose` is "a backend", for a fault.
template <typename Owner>
std::optional<Problem> read_options(std::span<const std::string_view> words,
                                    std::span<const Option<Owner>> options, std::string_view whose,
                                    Owner& owner) {
  std::vector<std::string_view> names;
  for (const Option<Owner>& option : options) names.push_back(option.name);
  std::vector<bool> given(options.size(), false);
  for (const std::string_view word : words) {
    const std::size_t equals = word.find('=');
    const std::string_view name = word.substr(0, equals);
    const auto number =
        static_cast<std::size_t>(std::find(names.begin(), names.end(), name) - names.begin());
    if (number == options.size()) {
      const std::string meant = did_you_mean(name, names);
      return Problem{"unknown option " + quoted(name) + " of " + std::string(whose),
                     meant.empty() ? "Known are: " + listed(names) : meant};
    }
    if (given[number] && !options[number].is_repeatable)
      return Problem{std::string(name) + " is given twice", "Keep one of them"};
    given[number] = true;
    const bool has_value = equals != std::string_view::npos;
    auto problem =
        options[number].set(owner, has_value ? word.substr(equals + 1) : std::string_view());
    if (!problem) continue;
    problem->text = std::string(name) + " " + problem->text;
    return problem;
  }
  return {};
}

}  // namespace weir::config
