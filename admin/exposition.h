#pragma once

#include <prometheus/metric_family.h>

#include <cstddef>
#include <string>
#include <vector>

namespace weir::admin {

/// The text of one scrape, serialised in pieces, so that a large one neither holds up the admin
/// thread's other clients nor stands in memory as a whole. What has been handed out is freed. Owned
/// by its answer; lives on the admin thread.
class Exposition {
 public:
  /// Of one family in one piece: a histogram has more than twenty lines, so some 300 KiB at most.
  static constexpr std::size_t kMetricsPerPiece = 128;
  /// Pieces of small families are joined until there is so much.
  static constexpr std::size_t kPieceBytes = 64 * 1024;

  explicit Exposition(std::vector<prometheus::MetricFamily> families)
      : families_(std::move(families)) {}

  /// Empty after the last.
  [[nodiscard]] std::string next();

 private:
  [[nodiscard]] prometheus::MetricFamily take_part();

  std::vector<prometheus::MetricFamily> families_;
  std::size_t family_ = 0;  ///< the next to be told
  std::size_t metric_ = 0;  ///< and of that, the first not told yet
};

}  // namespace weir::admin
