#include "config/duration.h"

#include "config/fault.h"

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>
#include <system_error>

namespace weir::config {
namespace {

using std::chrono::milliseconds;

struct Unit {
  std::string_view name;
  std::int64_t milliseconds;
};
constexpr std::array<Unit, 5> kUnits = {
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};
constexpr const char* kRemedy = "Units are ms, s, m, h and d: write 250ms, 5s or 1h30m";
constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

Problem too_long(std::string_view text) {
  return {quoted(text) + " is too long", "The longest duration is 365d"};
}

/// Tells the usual slips apart; `rest` is where the reading stopped for want of a digit.
Problem no_number(std::string_view text, std::string_view rest) {
  if (text.empty()) return {"the duration is empty", kRemedy};
  if (text.front() == '-') return {quoted(text) + " is negative", kRemedy};
  if (!rest.empty() && (rest.front() == '.' || rest.front() == ',')) {
    return {quoted(text) + " has a fraction", "Use the next smaller unit: 1500ms or 1h30m"};
  }
  return {quoted(text) + " is not a duration", kRemedy};
}

Problem wrong_unit(std::string_view text, std::string_view unit, std::string_view rest) {
  if (!unit.empty()) {
    return {quoted(text) + " has the unknown unit " + quoted(unit), kRemedy};
  }
  if (rest.empty()) return {quoted(text) + " has no unit", kRemedy};
  return no_number(text, rest);
}

}  // namespace

Parsed<milliseconds> parse_duration(std::string_view text) {
  std::string_view rest = text;
  std::size_t next_unit = 0;  // units go from large to small, each at most once
  std::int64_t total = 0;
  do {
    const std::string_view number = rest.substr(0, rest.find_first_not_of(kDigits));
    if (number.empty()) return no_number(text, rest);
    rest.remove_prefix(number.size());
    const std::string_view name = rest.substr(0, rest.find_first_not_of(kLetters));
    rest.remove_prefix(name.size());

    std::size_t unit = 0;
    while (unit < kUnits.size() && kUnits[unit].name != name) ++unit;
    if (unit == kUnits.size()) return wrong_unit(text, name, rest);
    if (unit < next_unit) {
      return Problem{quoted(text) + " has its units out of order",
                     "Write the largest unit first and each once: 1h30m"};
    }
    next_unit = unit + 1;

    std::int64_t amount = 0;
    const auto error = std::from_chars(number.data(), number.data() + number.size(), amount).ec;
    const bool overflows = error != std::errc{};
    if (overflows || amount > kLongestDuration.count() / kUnits[unit].milliseconds) {
      return too_long(text);
    }
    total += amount * kUnits[unit].milliseconds;
  } while (!rest.empty());
  if (total > kLongestDuration.count()) return too_long(text);
  return milliseconds(total);
}

Parsed<milliseconds> parse_timeout(std::string_view text) {
  Parsed<milliseconds> duration = parse_duration(text);
  if (duration.has_value() && duration->count() == 0) {
    return Problem{quoted(text) + " is no time at all", "Give at least 1ms"};
  }
  return duration;
}

Parsed<milliseconds> parse_timeout_or_off(std::string_view text) {
  if (text == "off") return kNever;
  Parsed<milliseconds> duration = parse_timeout(text);
  if (duration.has_error()) {
    Problem problem = duration.error();
    problem.remedy += "; off means no limit";
    return problem;
  }
  return duration;
}

Parsed<milliseconds> parse_duration_or_none(std::string_view text) {
  if (text == "off") return milliseconds(0);
  Parsed<milliseconds> duration = parse_duration(text);
  if (duration.has_value()) return duration;
  return Problem{duration.error().text, duration.error().remedy + "; off means none"};
}

}  // namespace weir::config
