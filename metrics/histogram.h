#pragma once

#include "metrics/counter.h"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace weir::metrics {

/// Durations in fixed buckets, with one writing thread and any number of readers, like Counter.
class Histogram {
 public:
  /// Upper bounds in microseconds, inclusive: 100 us to 100 s in steps of 1, 2.5, 5. What is longer
  /// falls into one more bucket without a bound.
  static constexpr std::array<std::uint64_t, 19> kBoundsMicroseconds = {
      100,       250,        500,        1'000,      2'500,      5'000,     10'000,
      25'000,    50'000,     100'000,    250'000,    500'000,    1'000'000, 2'500'000,
      5'000'000, 10'000'000, 25'000'000, 50'000'000, 100'000'000};

  void observe(std::chrono::nanoseconds duration) noexcept {
    const auto nanoseconds = duration.count() > 0 ? duration.count() : 0;
    const auto microseconds = static_cast<std::uint64_t>(nanoseconds / 1000);
    std::size_t bucket = 0;
    while (bucket < kBoundsMicroseconds.size() && microseconds > kBoundsMicroseconds[bucket])
      ++bucket;
    buckets_[bucket].add();
    sum_microseconds_.add(microseconds);
  }

  [[nodiscard]] std::uint64_t bucket(std::size_t index) const noexcept {
    return buckets_[index].value();
  }
  [[nodiscard]] std::uint64_t sum_microseconds() const noexcept {
    return sum_microseconds_.value();
  }

 private:
  std::array<Counter, kBoundsMicroseconds.size() + 1> buckets_;
  Counter sum_microseconds_;
};

}  // namespace weir::metrics
