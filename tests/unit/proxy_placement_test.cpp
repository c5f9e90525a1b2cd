#include "proxy/placement.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace weir::proxy {
namespace {

class PlacementTest : public ::testing::Test {
 protected:
  std::vector<const ReactorProbe*> probes() const {
    return {&probes_[0], &probes_[1], &probes_[2]};
  }
  std::array<ReactorProbe, 3> probes_;
};

TEST_F(PlacementTest, RoundRobinTakesEachInTurn) {
  Placement placement(config::Placement::round_robin, probes());
  std::array<std::size_t, 6> order{};
  for (std::size_t& chosen : order) chosen = placement.place(base::Clock::now());
  EXPECT_EQ(order, (std::array<std::size_t, 6>{0, 1, 2, 0, 1, 2}));
}

TEST_F(PlacementTest, ABurstThatNoReactorHasHeardOfYetIsSpreadEvenly) {
  Placement placement(config::Placement::least_loaded, probes());
  std::array<int, 3> placed{};
  for (int i = 0; i < 300; ++i) ++placed[placement.place(base::Clock::now())];
  EXPECT_EQ(placed, (std::array<int, 3>{100, 100, 100}));
}

TEST_F(PlacementTest, TheReactorWhoseSessionsEndedGetsTheNextOnes) {
  Placement placement(config::Placement::least_loaded, probes());
  for (int i = 0; i < 30; ++i) placement.place(base::Clock::now());
  probes_[1].sessions_ended.add(5);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(placement.place(base::Clock::now()), 1u);
}

TEST_F(PlacementTest, EqualSessionsGoByBusyShare) {
  const base::TimePoint now = base::Clock::now();
  const std::array<std::chrono::milliseconds, 3> busy = {std::chrono::milliseconds(900),
                                                         std::chrono::milliseconds(100),
                                                         std::chrono::milliseconds(500)};
  for (std::size_t i = 0; i < busy.size(); ++i) {
    probes_[i].busy.entered(now);
    probes_[i].busy.left(now + busy[i]);
  }
  Placement placement(config::Placement::least_loaded, probes());
  EXPECT_EQ(placement.place(now + std::chrono::seconds(1)), 1u);
}

}  // namespace
}  // namespace weir::proxy
