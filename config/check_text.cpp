#include "config/check_text.h"

#include "config/check_steps.h"
#include "config/choice.h"
#include "config/duration.h"
#include "config/host_name.h"
#include "config/number.h"
#include "config/options.h"
#include "config/words.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace weir::config {
namespace {

using Kind = CheckConfig::Kind;
constexpr std::array<Choice<Kind>, 8> kKinds = {{{"none", Kind::none},
                                                 {"tcp", Kind::tcp},
                                                 {"tls", Kind::tls},
                                                 {"http", Kind::http},
                                                 {"https", Kind::https},
                                                 {"redis", Kind::redis},
                                                 {"postgresql", Kind::postgresql},
                                                 {"mysql", Kind::mysql}}};

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

template <CheckStep::Kind StepKind, Parsed<std::string> (*Parse)(std::string_view)>
std::optional<Problem> add_step(CheckConfig& check, std::string_view text) {
  auto bytes = Parse(text);
  if (bytes.has_error()) return bytes.error();
  check.steps.push_back({StepKind, *std::move(bytes)});
  return {};
}

/// Goes into a request as it is, so holds nothing but visible ASCII.
template <std::string CheckConfig::*Member>
std::optional<Problem> set_word(CheckConfig& check, std::string_view text) {
  const bool is_visible =
      std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
  if (text.empty() || !is_visible)
    return Problem{quoted(text) + " is not a word", "Write letters, digits and signs of ASCII"};
  check.*Member = text;
  return {};
}

std::optional<Problem> set_path(CheckConfig& check, std::string_view text) {
  if (!text.starts_with('/'))
    return Problem{quoted(text) + " does not begin with a slash", "Write it as in /health"};
  return set_word<&CheckConfig::path>(check, text);
}

std::optional<Problem> set_server_name(CheckConfig& check, std::string_view text) {
  if (!is_host_name(text))
    return Problem{quoted(text) + " is not a host name", "Write it as in www.example"};
  check.server_name = text;
  return {};
}

std::optional<Problem> set_status(CheckConfig& check, std::string_view text) {
  constexpr std::uint32_t kLeast = 100;
  constexpr std::uint32_t kMost = 599;
  const std::size_t dash = text.find('-');
  const auto least = parse_number(text.substr(0, dash), kLeast, kMost);
  if (least.has_error()) return least.error();
  auto most = least;
  if (dash != std::string_view::npos) most = parse_number(text.substr(dash + 1), *least, kMost);
  if (most.has_error()) return most.error();
  check.least_status = *least;
  check.most_status = *most;
  return {};
}

std::optional<Problem> set_initial(CheckConfig& check, std::string_view text) {
  constexpr std::array<Choice<bool>, 2> kStates = {{{"healthy", true}, {"unhealthy", false}}};
  const auto healthy = parse_choice(text, kStates);
  if (healthy.has_error()) return healthy.error();
  check.starts_healthy = *healthy;
  return {};
}

constexpr std::array<Option<CheckConfig>, 8> kCommon = {
    {{"interval", set_duration<&CheckConfig::interval>},
     {"fast", set_fast},
     {"timeout", set_duration<&CheckConfig::timeout>},
     {"rise", set_number<&CheckConfig::rise, 1, kMostInARow>},
     {"fall", set_number<&CheckConfig::fall, 1, kMostInARow>},
     {"jitter", set_number<&CheckConfig::jitter_percent, 0, kMostJitter>},
     {"port", set_number<&CheckConfig::port, 1, 65535>},
     {"initial", set_initial}}};
constexpr bool kRepeatable = true;
constexpr std::array<Option<CheckConfig>, 5> kSteps = {
    {{"send", add_step<CheckStep::Kind::send, parse_escaped_bytes>, kRepeatable},
     {"send_hex", add_step<CheckStep::Kind::send, parse_hex_bytes>, kRepeatable},
     {"expect", add_step<CheckStep::Kind::expect, parse_escaped_bytes>, kRepeatable},
     {"expect_hex", add_step<CheckStep::Kind::expect, parse_hex_bytes>, kRepeatable},
     {"expect_regex", add_step<CheckStep::Kind::expect_regex, parse_pattern>, kRepeatable}}};
constexpr std::array<Option<CheckConfig>, 1> kTls = {{{"server_name", set_server_name}}};
constexpr std::array<Option<CheckConfig>, 4> kHttp = {{{"method", set_word<&CheckConfig::method>},
                                                       {"path", set_path},
                                                       {"host", set_word<&CheckConfig::host>},
                                                       {"status", set_status}}};
constexpr std::array<Option<CheckConfig>, 1> kUser = {{{"user", set_word<&CheckConfig::user>}}};

std::vector<Option<CheckConfig>> options_of(Kind kind) {
  std::vector<Option<CheckConfig>> options(kCommon.begin(), kCommon.end());
  const auto add = [&](std::span<const Option<CheckConfig>> more) {
    options.insert(options.end(), more.begin(), more.end());
  };
  if (kind == Kind::tcp || kind == Kind::tls) add(kSteps);
  if (kind == Kind::tls || kind == Kind::https) add(kTls);
  if (kind == Kind::http || kind == Kind::https) add(kHttp);
  if (kind == Kind::postgresql || kind == Kind::mysql) add(kUser);
  return options;
}

}  // namespace

Parsed<CheckConfig> parse_check(std::string_view text) {
  const std::vector<std::string_view> words = split_words(text);
  const std::string_view word = words.empty() ? text : words.front();
  const auto kind = parse_choice(word, kKinds);
  if (kind.has_error()) return kind.error();
  CheckConfig check;
  check.kind = *kind;
  if (words.size() < 2) return check;
  if (*kind == Kind::none)
    return Problem{"none takes no options", "Name a kind of check, or leave the options out"};
  const std::string whose = "a check by " + std::string(word);
  if (auto problem =
          read_options<CheckConfig>(std::span(words).subspan(1), options_of(*kind), whose, check))
    return *std::move(problem);
  if (!check.steps.empty() && check.steps.back().kind == CheckStep::Kind::send)
    return Problem{"ends with send", "Say what to expect after it, with expect=TEXT"};
  return check;
}

}  // namespace weir::config
