#pragma once

#include "metrics/counter.h"

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace weir::metrics {

/// Values in fixed buckets, with one writing thread and any number of readers, like Counter. What
/// is larger than every bound falls into one more bucket without one.
/// @tparam kBounds upper bounds, inclusive, one at least, each at least twice the one before
/// @tparam kPerUnit how many of what is observed make one of what is exported
template <const auto& kBounds, std::uint64_t kPerUnit>
class Buckets {
 public:
  static constexpr std::size_t kCount = kBounds.size() + 1;

  [[gnu::always_inline]] void observe_value(std::uint64_t value) noexcept {
    const auto highest = static_cast<unsigned>(63 - std::countl_zero(value | 1));
    const Choice& choice = kChoices.data()[highest];
    counts_.data()[choice.bucket + std::size_t{value > choice.bound}].add();
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
  /// For values whose highest bit is that one: between them lies one bound at most, so that one
  /// comparison finds the bucket, this one or the next.
  struct Choice {
    std::uint64_t bound;
    std::size_t bucket;
  };
  static_assert(kBounds.front() > 0);
  static_assert(std::ranges::adjacent_find(kBounds, [](std::uint64_t one, std::uint64_t next) {
                  return next / 2 < one;
                }) == kBounds.end());
  static constexpr std::array<Choice, 64> kChoices = [] {
    std::array<Choice, 64> choices{};
    for (std::size_t highest = 0; highest < choices.size(); ++highest) {
      const std::uint64_t smallest = std::uint64_t{1} << highest;
      const auto bound = std::lower_bound(kBounds.begin(), kBounds.end(), smallest);
      choices[highest].bound =
          bound == kBounds.end() ? std::numeric_limits<std::uint64_t>::max() : *bound;
      choices[highest].bucket = static_cast<std::size_t>(bound - kBounds.begin());
    }
    return choices;
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

/// How many came at once, with one writing thread and any number of readers. Each size has a count
/// of its own: to observe is to add one, and whoever reads puts them into buckets.
class BatchHistogram {
 public:
  static constexpr std::size_t kMost = 256;
  static constexpr std::size_t kCount = 10;  ///< 1, 2, 4, ... 256, and one that stays empty

  /// @param size at most kMost, unchecked
  [[gnu::always_inline]] void observe(std::size_t size) noexcept { sizes_.data()[size].add(); }

  [[nodiscard]] std::uint64_t bucket(std::size_t index) const noexcept {
    std::uint64_t count = 0;
    for (std::size_t size = index == 0 ? 0 : last_of(index - 1) + 1;
         size <= std::min(last_of(index), kMost); ++size)
      count += sizes_[size].value();
    return count;
  }
  [[nodiscard]] std::uint64_t sum() const noexcept {
    std::uint64_t sum = 0;
    for (std::size_t size = 1; size <= kMost; ++size) sum += size * sizes_[size].value();
    return sum;
  }
  [[nodiscard]] static constexpr double bound(std::size_t index) noexcept {
    return static_cast<double>(last_of(index));
  }
  [[nodiscard]] static constexpr double exported(std::uint64_t value) noexcept {
    return static_cast<double>(value);
  }

 private:
  static constexpr std::size_t last_of(std::size_t index) noexcept {
    return std::size_t{1} << index;
  }

  std::array<Counter, kMost + 1> sizes_;
};

static_assert(BatchHistogram::bound(BatchHistogram::kCount - 2) == BatchHistogram::kMost);

}  // namespace weir::metrics
