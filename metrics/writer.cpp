#include "metrics/writer.h"

#include "base/check.h"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>

namespace weir::metrics {
namespace {

constexpr double kMicrosecondsPerSecond = 1e6;

double bound_seconds(std::size_t bucket) noexcept {
  constexpr auto& kBounds = Histogram::kBoundsMicroseconds;
  if (bucket == kBounds.size()) return std::numeric_limits<double>::infinity();
  return static_cast<double>(kBounds[bucket]) / kMicrosecondsPerSecond;
}

}  // namespace

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

void Writer::histogram(Family family, Labels labels, std::span<const Histogram* const> parts) {
  auto& exported = add(family, prometheus::MetricType::Histogram, labels).histogram;
  constexpr std::size_t kBuckets = Histogram::kBoundsMicroseconds.size() + 1;
  exported.bucket.reserve(kBuckets);
  std::uint64_t cumulative = 0;
  for (std::size_t i = 0; i < kBuckets; ++i) {
    for (const Histogram* part : parts) cumulative += part->bucket(i);
    exported.bucket.push_back({cumulative, bound_seconds(i)});
  }
  std::uint64_t sum_microseconds = 0;
  for (const Histogram* part : parts) sum_microseconds += part->sum_microseconds();
  exported.sample_count = cumulative;
  exported.sample_sum = static_cast<double>(sum_microseconds) / kMicrosecondsPerSecond;
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
