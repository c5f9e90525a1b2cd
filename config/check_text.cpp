#include "config/check_text.h"

#include "config/choice.h"
#include "config/duration.h"
#include "config/number.h"
#include "config/options.h"
#include "config/words.h"

#include <array>
#include <optional>
#include <span>
#include <vector>

namespace weir::config {
namespace {

using Kind = CheckConfig::Kind;
constexpr std::array<Choice<Kind>, 3> kKinds = {
    {{"none", Kind::none}, {"tcp", Kind::tcp}, {"redis", Kind::redis}}};

constexpr std::uint32_t kMostInARow = 1000;
constexpr std::uint32_t kMostJitter = 50;

template <std::chrono::milliseconds CheckConfig::*Member>
std::optional<Problem> set_duration(CheckConfig& check, std::string_view text) {
  const auto duration = parse_timeout(text);
  if (duration.has_error()) return duration.error();
  check.*Member = *duration;
  return {};
}

std::optional<Problem> set_fast(CheckConfig& check, std::string_view text) {
  const auto duration = parse_timeout(text);
  if (duration.has_error()) return duration.error();
  check.fast_interval = *duration;
  return {};
}

template <std::uint32_t CheckConfig::*Member, std::uint32_t Least, std::uint32_t Most>
std::optional<Problem> set_number(CheckConfig& check, std::string_view text) {
  const auto number = parse_number(text, Least, Most);
  if (number.has_error()) return number.error();
  check.*Member = *number;
  return {};
}

constexpr std::array<Option<CheckConfig>, 7> kOptions = {
    {{"interval", set_duration<&CheckConfig::interval>},
     {"fast", set_fast},
     {"timeout", set_duration<&CheckConfig::timeout>},
     {"rise", set_number<&CheckConfig::rise, 1, kMostInARow>},
     {"fall", set_number<&CheckConfig::fall, 1, kMostInARow>},
     {"jitter", set_number<&CheckConfig::jitter_percent, 0, kMostJitter>},
     {"port", set_number<&CheckConfig::port, 1, 65535>}}};

}  // namespace

Parsed<CheckConfig> parse_check(std::string_view text) {
  const std::vector<std::string_view> words = split_words(text);
  const auto kind = parse_choice(words.empty() ? text : words.front(), kKinds);
  if (kind.has_error()) return kind.error();
  CheckConfig check;
  check.kind = *kind;
  if (words.size() < 2) return check;
  if (*kind == Kind::none)
    return Problem{"none takes no options", "Name a kind of check, or leave the options out"};
  if (auto problem = read_options(std::span(words).subspan(1), kOptions, "a check", check))
    return *std::move(problem);
  return check;
}

}  // namespace weir::config
