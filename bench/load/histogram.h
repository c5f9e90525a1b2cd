#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

namespace load {

// Latencies of one window, log-linear: every power of two nanoseconds is cut into 64 equal buckets,
// so a percentile is right to 1.6 %. Owned by the mode that measures; one thread.
class Histogram {
 public:
  Histogram();

  void record(std::chrono::nanoseconds latency);
  void clear();

  std::uint64_t count() const { return count_; }
  // The upper end of the bucket that holds the given share (0 to 1) of all values, in microseconds;
  // 0 when empty.
  double percentile_us(double share) const;
  double max_us() const { return static_cast<double>(max_ns_) / 1000.0; }

 private:
  std::vector<std::uint64_t> buckets_;
  std::uint64_t count_ = 0;
  std::uint64_t max_ns_ = 0;
};

}  // namespace load
