#pragma once

#include "metrics/counter.h"

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace weir::metrics {

/// Values in fixed buckets, with one writing thread and any number of readers, like Counter. What
/// is larger than every bound falls into one more bucket without one.
/// @tparam kBounds upper bounds, inclusive, rising
/// @tparam kPerUnit how many of what is observed make one of what is exported
template <const auto& kBounds, std::uint64_t kPerUnit>
class Buckets {
 public:
  static constexpr std::size_t kCount = kBounds.size() + 1;

  [[gnu::always_inline]] void observe_value(std::uint64_t value) noexcept {
    std::size_t bucket = kFirst[static_cast<std::size_t>(std::bit_width(value))];
    while (bucket < kBounds.size() && value > kBounds[bucket]) ++bucket;
    counts_[bucket].add();
    sum_.add(value);
  }

  [[nodiscard]] std::uint64_t bucket(std::size_t index) const noexcept {
    return counts_[index].value();
  }
  [[nodiscard]] std::uint64_t sum() const noexcept { return sum_.value(); }
  [[nodiscard]] std::uint64_t count() const noexcept {
    std::uint64_t count = 0;
    for (const Counter& of_bucket : counts_) count += of_bucket.value();
    return count;
  }

  /// As exported: in seconds, say. The last bucket has none.
  [[nodiscard]] static constexpr double bound(std::size_t index) noexcept {
    return static_cast<double>(kBounds[index]) / static_cast<double>(kPerUnit);
  }
  [[nodiscard]] static constexpr double exported(std::uint64_t value) noexcept {
    return static_cast<double>(value) / static_cast<double>(kPerUnit);
  }

 private:
  /// For values of so many bits, the first bucket that may take one: no search from the begin.
  static constexpr std::array<std::uint8_t, 65> kFirst = [] {
    std::array<std::uint8_t, 65> first{};
    for (std::size_t bits = 1; bits < first.size(); ++bits) {
      const std::uint64_t smallest = std::uint64_t{1} << (bits - 1);
      while (first[bits] < kBounds.size() && smallest > kBounds[first[bits]]) ++first[bits];
    }
    return first;
  }();

  std::array<Counter, kCount> counts_;
  Counter sum_;
};

inline constexpr std::uint64_t kMicrosecondsPerSecond = 1'000'000;
inline constexpr std::uint64_t kNanosecondsPerSecond = 1'000'000'000;

/// Durations, kept in that unit. A negative one is zero.
template <const auto& kBounds, std::uint64_t kUnitsPerSecond>
class DurationHistogram : public Buckets<kBounds, kUnitsPerSecond> {
 public:
  [[gnu::always_inline]] void observe(std::chrono::nanoseconds duration) noexcept {
    const auto nanoseconds =
        static_cast<std::uint64_t>(std::max<std::int64_t>(duration.count(), 0));
    this->observe_value(nanoseconds / (kNanosecondsPerSecond / kUnitsPerSecond));
  }
};

/// What sessions, connects and checks take: 100 us to 100 s in steps of 1, 2.5, 5. Kept in
/// microseconds: the sum of 100,000 sessions' nanoseconds would be too large within two days.
inline constexpr std::array<std::uint64_t, 19> kSessionBounds = {
    100,       250,        500,        1'000,      2'500,      5'000,     10'000,
    25'000,    50'000,     100'000,    250'000,    500'000,    1'000'000, 2'500'000,
    5'000'000, 10'000'000, 25'000'000, 50'000'000, 100'000'000};
using Histogram = DurationHistogram<kSessionBounds, kMicrosecondsPerSecond>;

/// What turns of a loop take, and how late a timer is: 10 us to 5 s. Kept in nanoseconds, as the
/// clock tells them: it happens in every turn.
inline constexpr std::array<std::uint64_t, 18> kLoopBounds = {
    10'000,      25'000,      50'000,      100'000,       250'000,       500'000,
    1'000'000,   2'500'000,   5'000'000,   10'000'000,    25'000'000,    50'000'000,
    100'000'000, 250'000'000, 500'000'000, 1'000'000'000, 2'500'000'000, 5'000'000'000};
using LoopHistogram = DurationHistogram<kLoopBounds, kNanosecondsPerSecond>;

/// How many came at once: 1 to 256.
inline constexpr std::array<std::uint64_t, 9> kBatchBounds = {1, 2, 4, 8, 16, 32, 64, 128, 256};
class BatchHistogram : public Buckets<kBatchBounds, 1> {
 public:
  [[gnu::always_inline]] void observe(std::uint64_t size) noexcept { observe_value(size); }
};

}  // namespace weir::metrics
