#pragma once

#include <boost/json.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <type_traits>

namespace weir::admin {

/// How often something was observed, by all parts of a histogram (pointers to them, not null).
template <typename Parts>
std::uint64_t count_of(const Parts& parts) {
  using Kind = std::remove_cvref_t<decltype(**std::begin(parts))>;
  std::uint64_t count = 0;
  for (const Kind* part : parts)
    for (std::size_t i = 0; i < Kind::kCount; ++i) count += part->bucket(i);
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

}  // namespace weir::admin
