#include "metrics/writer.h"

#include "base/check.h"

#include <cstddef>
#include <utility>

namespace weir::metrics {

Writer::Writer() : families_(kFamilyCount) {
  for (std::size_t i = 0; i < kFamilyCount; ++i) {
    const FamilyDescription& row = describe(static_cast<Family>(i));
    families_[i].name = row.name;
    families_[i].help = row.help;
    families_[i].type = row.type;
  }
}

void Writer::counter(Family family, Labels labels, double value) {
  add(family, prometheus::MetricType::Counter, labels).counter.value = value;
}

void Writer::gauge(Family family, Labels labels, double value) {
  add(family, prometheus::MetricType::Gauge, labels).gauge.value = value;
}

std::vector<prometheus::MetricFamily> Writer::take() && { return std::move(families_); }

prometheus::ClientMetric& Writer::add(Family family, prometheus::MetricType type, Labels labels) {
  WEIR_CHECK(describe(family).type == type);
  auto& metric = families_[static_cast<std::size_t>(family)].metric.emplace_back();
  metric.label.reserve(labels.size());
  for (const Label& label : labels) {
    metric.label.push_back({std::string(label.name), std::string(label.value)});
  }
  return metric;
}

}  // namespace weir::metrics
