#include "metrics/collector.h"

#include <utility>

namespace weir::metrics {

void Collector::add(Source source) { sources_.push_back(std::move(source)); }

std::vector<prometheus::MetricFamily> Collector::Collect() const {
  Writer writer;
  for (const Source& source : sources_) source(writer);
  return std::move(writer).take();
}

}  // namespace weir::metrics
