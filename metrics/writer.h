#pragma once

#include "metrics/families.h"
#include "metrics/histogram.h"

#include <prometheus/metric_family.h>

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
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
  /// One histogram out of several with one writer each: what every reactor has measured of one
  /// backend, say. No null pointers; no parts makes an empty histogram. Its count is the sum of the
  /// buckets as read, so that buckets and count agree while reactors go on counting.
  void histogram(Family family, Labels labels, std::span<const Histogram* const> parts);

  /// Every family of the table in its order, also those without samples: their help and type are
  /// told from the start. Ends the writer.
  [[nodiscard]] std::vector<prometheus::MetricFamily> take() &&;

 private:
  prometheus::ClientMetric& add(Family family, prometheus::MetricType type, Labels labels);

  std::vector<prometheus::MetricFamily> families_;  ///< index: Family
};

}  // namespace weir::metrics
