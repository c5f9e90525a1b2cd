#pragma once

#include "metrics/families.h"
#include "metrics/histogram.h"

#include <prometheus/metric_family.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace weir::metrics {

struct Label {
  std::string_view name;
  std::string_view value;
};
using Labels = std::initializer_list<Label>;

/// Gathers the samples of one scrape. Made by the Collector for each scrape and handed to its
/// sources, on the scraping thread. A sample of another type than its family is a broken invariant.
class Writer {
 public:
  Writer();

  void counter(Family family, Labels labels, double value);
  void gauge(Family family, Labels labels, double value);
  /// One histogram out of several of a kind with one writer each: what every reactor has measured
  /// of one backend, say. No null pointers; no parts makes an empty histogram. Its count is the sum
  /// of the buckets as read, so that buckets and count agree while reactors go on counting.
  template <typename Parts>
  void histogram(Family family, Labels labels, const Parts& parts) {
    using Kind = std::remove_cvref_t<decltype(**std::begin(parts))>;
    std::array<std::uint64_t, Kind::kCount> counts{};
    std::uint64_t sum = 0;
    for (const Kind* part : parts) {
      for (std::size_t i = 0; i < Kind::kCount; ++i) counts[i] += part->bucket(i);
      sum += part->sum();
    }
    auto& exported = add(family, prometheus::MetricType::Histogram, labels).histogram;
    exported.bucket.reserve(Kind::kCount);
    std::uint64_t cumulative = 0;
    for (std::size_t i = 0; i < Kind::kCount; ++i) {
      cumulative += counts[i];
      const bool is_last = i + 1 == Kind::kCount;
      exported.bucket.push_back({cumulative, is_last ? kNoBound : Kind::bound(i)});
    }
    exported.sample_count = cumulative;
    exported.sample_sum = Kind::exported(sum);
  }

  /// Every family of the table in its order, also those without samples: their help and type are
  /// told from the start. Ends the writer.
  [[nodiscard]] std::vector<prometheus::MetricFamily> take() &&;

 private:
  static constexpr double kNoBound = std::numeric_limits<double>::infinity();

  prometheus::ClientMetric& add(Family family, prometheus::MetricType type, Labels labels);

  std::vector<prometheus::MetricFamily> families_;  ///< index: Family
};

}  // namespace weir::metrics
