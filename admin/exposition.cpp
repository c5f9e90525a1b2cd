#include "admin/exposition.h"

#include <prometheus/text_serializer.h>

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

namespace weir::admin {
namespace {

/// Help and type of a family may be told once only, before its first sample.
std::string_view without_comments(std::string_view text) noexcept {
  while (text.starts_with('#')) {
    const std::size_t end = text.find('\n');
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return text;
}

}  // namespace

std::string Exposition::next() {
  std::string piece;
  const prometheus::TextSerializer serializer;
  while (family_ < families_.size() && piece.size() < kPieceBytes) {
    const bool continues = metric_ > 0;
    const std::string text = serializer.Serialize({take_part()});
    piece += continues ? without_comments(text) : std::string_view(text);
  }
  return piece;
}

/// The next metrics of the present family, which are given up.
prometheus::MetricFamily Exposition::take_part() {
  prometheus::MetricFamily& family = families_[family_];
  prometheus::MetricFamily part{family.name, family.help, family.type, {}};
  const std::size_t end = std::min(family.metric.size(), metric_ + kMetricsPerPiece);
  const auto at = [&](std::size_t index) {
    return std::next(family.metric.begin(), static_cast<std::ptrdiff_t>(index));
  };
  part.metric.assign(std::move_iterator(at(metric_)), std::move_iterator(at(end)));
  metric_ = end;
  if (end == family.metric.size()) {
    family.metric = {};
    metric_ = 0;
    ++family_;
  }
  return part;
}

}  // namespace weir::admin
