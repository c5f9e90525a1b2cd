#pragma once

#include <boost/json.hpp>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <type_traits>
#include <vector>

namespace weir::admin {

/// How often something was observed, by all parts of a histogram (pointers to them, not null).
template <typename Parts>
std::uint64_t count_of(const Parts& parts) {
  std::uint64_t count = 0;
  for (const auto* part : parts) count += part->count();
  return count;
}

/// The mean of durations, in seconds; null where nothing was observed.
template <typename Parts>
boost::json::value mean_seconds(const Parts& parts) {
  using Kind = std::remove_cvref_t<decltype(**std::begin(parts))>;
  const std::uint64_t count = count_of(parts);
  if (count == 0) return nullptr;
  std::uint64_t sum = 0;
  for (const Kind* part : parts) sum += part->sum();
  return Kind::exported(sum / count);
}

/// The largest over the mean; 1 where there is nothing.
inline double imbalance(const std::vector<double>& loads) {
  double sum = 0;
  for (const double load : loads) sum += load;
  if (sum <= 0) return 1;
  return *std::max_element(loads.begin(), loads.end()) * static_cast<double>(loads.size()) / sum;
}

}  // namespace weir::admin
