#include "config/check_text.h"

#include "config/choice.h"
#include "config/duration.h"
#include "config/fault.h"
#include "config/nearest.h"
#include "config/number.h"
#include "config/words.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <vector>

namespace weir::config {
namespace {

using Kind = CheckConfig::Kind;
constexpr std::array<Choice<Kind>, 3> kKinds = {
    {{"none", Kind::none}, {"tcp", Kind::tcp}, {"redis", Kind::redis}}};

constexpr std::uint32_t kMostInARow = 1000;
constexpr std::uint32_t kMostJitter = 50;

using SetOption = std::optional<Problem> (*)(CheckConfig&, std::string_view);

template <std::chrono::milliseconds CheckConfig::*Member>
std::optional<Problem> set_duration(CheckConfig& check, std::string_view text) {
  const auto duration = parse_timeout(text);
  if (duration.has_error()) return duration.error();
  check.*Member = *duration;
  return {};
}

template <std::uint32_t CheckConfig::*Member, std::uint32_t Least, std::uint32_t Most>
std::optional<Problem> set_number(CheckConfig& check, std::string_view text) {
  const auto number = parse_number(text, Least, Most);
  if (number.has_error()) return number.error();
  check.*Member = *number;
  return {};
}

struct Option {
  std::string_view name;
  SetOption set;
};
constexpr std::array<Option, 7> kOptions = {
    {{"interval", set_duration<&CheckConfig::interval>},
     {"fast", set_duration<&CheckConfig::fast_interval>},
     {"timeout", set_duration<&CheckConfig::timeout>},
     {"rise", set_number<&CheckConfig::rise, 1, kMostInARow>},
     {"fall", set_number<&CheckConfig::fall, 1, kMostInARow>},
     {"jitter", set_number<&CheckConfig::jitter_percent, 0, kMostJitter>},
     {"port", set_number<&CheckConfig::port, 1, 65535>}}};

std::array<std::string_view, kOptions.size()> option_names() {
  std::array<std::string_view, kOptions.size()> names;
  for (std::size_t i = 0; i < names.size(); ++i) names[i] = kOptions[i].name;
  return names;
}

std::optional<Problem> read_option(std::string_view text, CheckConfig& check,
                                   std::vector<std::string_view>& given) {
  const std::size_t equals = text.find('=');
  const std::string_view name = text.substr(0, equals);
  const auto option = std::find_if(kOptions.begin(), kOptions.end(),
                                   [&](const Option& known) { return known.name == name; });
  if (option == kOptions.end()) {
    const auto names = option_names();
    const std::string meant = did_you_mean(name, names);
    return Problem{"unknown option " + quoted(name) + " of a check",
                   meant.empty() ? "Known are: " + listed(names) : meant};
  }
  if (std::find(given.begin(), given.end(), name) != given.end())
    return Problem{std::string(name) + " is given twice", "Keep one of them"};
  given.push_back(name);
  const bool has_value = equals != std::string_view::npos;
  auto problem = option->set(check, has_value ? text.substr(equals + 1) : std::string_view());
  if (problem) problem->text = std::string(name) + " " + problem->text;
  return problem;
}

}  // namespace

Parsed<CheckConfig> parse_check(std::string_view text) {
  const std::vector<std::string_view> words = split_words(text);
  const auto kind = parse_choice(words.empty() ? text : words.front(), kKinds);
  if (kind.has_error()) return kind.error();
  CheckConfig check;
  check.kind = *kind;
  std::vector<std::string_view> given;
  for (std::size_t i = 1; i < words.size(); ++i)
    if (auto problem = read_option(words[i], check, given)) return *std::move(problem);
  if (*kind == Kind::none && !given.empty())
    return Problem{"none takes no options", "Name a kind of check, or leave the options out"};
  const bool has_fast = std::find(given.begin(), given.end(), "fast") != given.end();
  if (!has_fast) check.fast_interval = std::min(check.fast_interval, check.interval);
  return check;
}

}  // namespace weir::config
