#include "bench/load/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace load {
namespace {

constexpr unsigned kSubBits = 6;  // 64 buckets for each power of two
constexpr std::uint64_t kSubBuckets = 1U << kSubBits;
constexpr unsigned kMaxBits = 40;  // up to 18 minutes; anything longer counts as that
constexpr std::uint64_t kMaxValue = (std::uint64_t{1} << kMaxBits) - 1;

// Values below 64 have a bucket each; above, the leading bit chooses the group and the next six the
// bucket.
std::size_t bucket_of(std::uint64_t value) {
  if (value < kSubBuckets) return value;
  const unsigned shift = static_cast<unsigned>(std::bit_width(value)) - 1 - kSubBits;
  return (shift + 1) * kSubBuckets + ((value >> shift) - kSubBuckets);
}

std::uint64_t upper_end(std::size_t bucket) {
  if (bucket < kSubBuckets) return bucket;
  const std::size_t shift = bucket / kSubBuckets - 1;
  return ((bucket % kSubBuckets + kSubBuckets + 1) << shift) - 1;
}

}  // namespace

Histogram::Histogram() : buckets_(bucket_of(kMaxValue) + 1) {}

void Histogram::record(std::chrono::nanoseconds latency) {
  const auto value = static_cast<std::uint64_t>(std::max<std::int64_t>(latency.count(), 0));
  ++buckets_[bucket_of(std::min(value, kMaxValue))];
  ++count_;
  max_ns_ = std::max(max_ns_, value);
}

void Histogram::clear() {
  std::fill(buckets_.begin(), buckets_.end(), 0);
  count_ = 0;
  max_ns_ = 0;
}

double Histogram::percentile_us(double share) const {
  if (count_ == 0) return 0;
  const auto wanted = std::max<std::uint64_t>(
      1, static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_))));
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
    seen += buckets_[bucket];
    if (seen >= wanted) {
      return static_cast<double>(std::min(upper_end(bucket), max_ns_)) / 1000.0;
    }
  }
  return max_us();
}

}  // namespace load
