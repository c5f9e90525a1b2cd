#include "balancer/downtime.h"

#include <gtest/gtest.h>

namespace weir::balancer {
namespace {

using namespace std::chrono_literals;

base::TimePoint at(base::Duration time) { return base::TimePoint(1h) + time; }

Standing standing_of(bool healthy, bool ejected) {
  Standing standing;
  standing.healthy = healthy;
  standing.ejected = ejected;
  return standing;
}

TEST(Downtime, CountsWhileUnhealthyOrEjectedThePresentIncluded) {
  Downtime downtime;
  downtime.stands(standing_of(true, false), at(0s));
  EXPECT_EQ(downtime.read(at(5s)), 0s);
  downtime.stands(standing_of(false, false), at(10s));
  EXPECT_EQ(downtime.read(at(13s)), 3s);
  downtime.stands(standing_of(false, true), at(14s));  // for another reason: still down
  downtime.stands(standing_of(true, true), at(15s));
  EXPECT_EQ(downtime.read(at(16s)), 6s);
  downtime.stands(standing_of(true, false), at(17s));
  EXPECT_EQ(downtime.read(at(60s)), 7s);
}

TEST(Downtime, IsNotForWhatAnOperatorWants) {
  Downtime downtime;
  Standing standing;
  standing.enabled = false;
  standing.draining = true;
  downtime.stands(standing, at(0s));
  EXPECT_EQ(downtime.read(at(9s)), 0s);
}

}  // namespace
}  // namespace weir::balancer
