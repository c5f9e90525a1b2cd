#include "bench/load/arguments.h"

#include <algorithm>
#include <charconv>
#include <stdexcept>

namespace load {
namespace {

constexpr double kLongestSeconds = 3600;

bool contains(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

Arguments::Arguments(const std::vector<std::string>& words, const std::vector<std::string>& flags,
                     const std::vector<std::string>& switches) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& flag = words[i];
    if (contains(switches, flag)) {
      values_[flag] = "";
    } else if (!contains(flags, flag)) {
      throw std::invalid_argument(flag + ": not an option of this mode");
    } else if (i + 1 == words.size()) {
      throw std::invalid_argument(flag + ": value missing");
    } else {
      values_[flag] = words[++i];
    }
  }
}

std::string Arguments::text(const std::string& flag) const {
  const auto found = values_.find(flag);
  if (found == values_.end()) throw std::invalid_argument(flag + ": missing");
  return found->second;
}

std::string Arguments::text(const std::string& flag, const std::string& otherwise) const {
  return has(flag) ? text(flag) : otherwise;
}

std::uint64_t Arguments::number(const std::string& flag, std::uint64_t otherwise, std::uint64_t low,
                                std::uint64_t high) const {
  if (!has(flag)) return otherwise;
  const std::string value = text(flag);
  std::uint64_t result = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), result);
  if (error != std::errc() || end != value.data() + value.size() || result < low || result > high) {
    throw std::invalid_argument(flag + ": not a number from " + std::to_string(low) + " to " +
                                std::to_string(high));
  }
  return result;
}

double Arguments::seconds(const std::string& flag, double otherwise) const {
  if (!has(flag)) return otherwise;
  const std::string value = text(flag);
  double result = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), result);
  if (error != std::errc() || end != value.data() + value.size() || !(result >= 0) ||
      result > kLongestSeconds) {
    throw std::invalid_argument(flag + ": not seconds from 0 to 3600");
  }
  return result;
}

}  // namespace load
