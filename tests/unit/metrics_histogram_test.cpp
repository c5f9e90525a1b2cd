#include "metrics/counter.h"
#include "metrics/histogram.h"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace weir::metrics {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::nanoseconds;

TEST(Counter, AddsUp) {
  Counter counter;
  counter.add();
  counter.add(41);
  EXPECT_EQ(counter.value(), 42u);
}

TEST(Gauge, GoesUpAndDownAndBelowZero) {
  Gauge gauge;
  gauge.add(2);
  gauge.sub(3);
  EXPECT_EQ(gauge.value(), -1);
}

TEST(Histogram, BoundsAreInclusive) {
  Histogram histogram;
  histogram.observe(microseconds(100));
  histogram.observe(microseconds(101));
  EXPECT_EQ(histogram.bucket(0), 1u);
  EXPECT_EQ(histogram.bucket(1), 1u);
  EXPECT_EQ(histogram.sum(), 201u);
  EXPECT_EQ(histogram.count(), 2u);
}

TEST(Histogram, FindsTheBucketOfEveryBoundAndOfWhatIsNextToIt) {
  for (std::size_t i = 0; i < kSessionBounds.size(); ++i) {
    Histogram histogram;
    histogram.observe_value(kSessionBounds[i] - 1);
    histogram.observe_value(kSessionBounds[i]);
    histogram.observe_value(kSessionBounds[i] + 1);
    EXPECT_EQ(histogram.bucket(i), 2u) << i;
    EXPECT_EQ(histogram.bucket(i + 1), 1u) << i;
  }
}

TEST(BatchHistogram, PutsEverySizeIntoItsBucket) {
  BatchHistogram sizes;
  for (std::size_t size = 1; size <= BatchHistogram::kMost; ++size) sizes.observe(size);
  const std::array<std::uint64_t, BatchHistogram::kCount> counts = {1,  1,  2,  4,   8,
                                                                    16, 32, 64, 128, 0};
  for (std::size_t i = 0; i < counts.size(); ++i) EXPECT_EQ(sizes.bucket(i), counts[i]) << i;
  EXPECT_EQ(sizes.sum(), 256u * 257 / 2);
  EXPECT_EQ(BatchHistogram::bound(8), 256.0);
}

TEST(LoopHistogram, KeepsNanoseconds) {
  LoopHistogram histogram;
  histogram.observe(microseconds(10));
  histogram.observe(microseconds(10) + nanoseconds(1));
  EXPECT_EQ(histogram.bucket(0), 1u);
  EXPECT_EQ(histogram.bucket(1), 1u);
  EXPECT_EQ(histogram.sum(), 20'001u);
  EXPECT_DOUBLE_EQ(LoopHistogram::bound(0), 0.000'010);
}

TEST(Histogram, CountsWhatIsLongerThanEveryBoundInTheLastBucket) {
  Histogram histogram;
  histogram.observe(hours(3));
  EXPECT_EQ(histogram.bucket(Histogram::kCount - 1), 1u);
}

TEST(Histogram, TakesANegativeDurationForZero) {
  Histogram histogram;
  histogram.observe(nanoseconds(-5));
  EXPECT_EQ(histogram.bucket(0), 1u);
  EXPECT_EQ(histogram.sum(), 0u);
}

}  // namespace
}  // namespace weir::metrics
