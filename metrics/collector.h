#pragma once

#include "metrics/writer.h"

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include <functional>
#include <vector>

namespace weir::metrics {

/// Asks every part of weir for its samples when somebody scrapes. Owned by main; what the sources
/// refer to outlives it. Sources are added before the first scrape and called on the scraping
/// thread, so they read only what any thread may read. What a source throws ends the scrape.
class Collector final : public prometheus::Collectable {
 public:
  using Source = std::function<void(Writer&)>;

  void add(Source source);
  [[nodiscard]] std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  std::vector<Source> sources_;
};

}  // namespace weir::metrics
