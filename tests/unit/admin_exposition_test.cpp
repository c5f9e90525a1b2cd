#include "admin/exposition.h"

#include <gtest/gtest.h>
#include <prometheus/text_serializer.h>

#include <string>
#include <vector>

namespace weir::admin {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

MetricFamily family(const std::string& name, std::size_t metrics) {
  MetricFamily made{name, "Help of " + name + ".", MetricType::Gauge, {}};
  for (std::size_t i = 0; i < metrics; ++i) {
    ClientMetric metric;
    metric.label.push_back({"number", std::to_string(i)});
    metric.gauge.value = static_cast<double>(i);
    made.metric.push_back(metric);
  }
  return made;
}

std::vector<std::string> pieces_of(std::vector<MetricFamily> families) {
  Exposition exposition(std::move(families));
  std::vector<std::string> pieces;
  for (std::string piece = exposition.next(); !piece.empty(); piece = exposition.next())
    pieces.push_back(piece);
  EXPECT_EQ(exposition.next(), "");
  return pieces;
}

TEST(Exposition, PiecesMakeWhatOneSerialisationMakes) {
  const std::vector<MetricFamily> families = {
      family("none", 0), family("one", 1), family("exact", Exposition::kMetricsPerPiece),
      family("many", 5 * Exposition::kMetricsPerPiece + 3), family("last", 2)};
  std::string whole;
  for (const std::string& piece : pieces_of(families)) whole += piece;
  EXPECT_EQ(whole, prometheus::TextSerializer().Serialize(families));
}

TEST(Exposition, NoPieceIsMuchLargerThanItsBound) {
  const auto pieces = pieces_of({family("a_family_of_many_lines", 100'000)});
  EXPECT_GT(pieces.size(), 10u);
  for (const std::string& piece : pieces) EXPECT_LT(piece.size(), 2 * Exposition::kPieceBytes);
}

TEST(Exposition, SmallFamiliesShareAPiece) {
  EXPECT_EQ(pieces_of({family("a", 1), family("b", 1), family("c", 1)}).size(), 1u);
}

}  // namespace
}  // namespace weir::admin
