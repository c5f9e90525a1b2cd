#include "proxy/stall_judge.h"

#include <gtest/gtest.h>

#include <chrono>

namespace weir::proxy {
namespace {

using std::chrono::milliseconds;
using Verdict = StallJudge::Verdict;

class StallJudgeTest : public ::testing::Test {
 protected:
  /// A look so many milliseconds after the last one.
  StallJudge::Finding look(int later, std::uint64_t handler, Work work = Work::relay) {
    now_ += milliseconds(later);
    return judge_.look(now_, {-1, handler, work, {}});
  }
  base::TimePoint now_{};
  StallJudge judge_{milliseconds(25)};
};

TEST_F(StallJudgeTest, TellsAStallOnceAndItsEnd) {
  EXPECT_EQ(look(5, 1).verdict, Verdict::new_one);
  for (int looks = 0; looks < 4; ++looks) EXPECT_EQ(look(5, 1).verdict, Verdict::fine);
  const auto began = look(5, 1);
  EXPECT_EQ(began.verdict, Verdict::began);
  EXPECT_EQ(began.lasted, milliseconds(25));
  EXPECT_TRUE(judge_.is_stalled());
  EXPECT_EQ(look(100, 1).verdict, Verdict::fine) << "it has been told";
  const auto ended = look(5, 2);
  EXPECT_EQ(ended.verdict, Verdict::ended);
  EXPECT_EQ(ended.lasted, milliseconds(130));
  EXPECT_FALSE(judge_.is_stalled());
}

TEST_F(StallJudgeTest, ManyShortHandlersAreNoStall) {
  for (std::uint64_t handler = 1; handler < 100; ++handler)
    EXPECT_EQ(look(24, handler).verdict, Verdict::new_one);
}

TEST_F(StallJudgeTest, OneSessionServedAgainAndAgainIsNoStall) {
  for (int turn = 1; turn < 100; ++turn) {
    now_ += milliseconds(24);
    EXPECT_EQ(judge_.look(now_, {-turn, 1, Work::relay, {7, 3}}).verdict, Verdict::new_one);
  }
}

TEST_F(StallJudgeTest, WaitingIsNoStall) {
  EXPECT_EQ(look(5, 1, Work::waiting).verdict, Verdict::fine);
  EXPECT_EQ(look(10'000, 1, Work::waiting).verdict, Verdict::fine);
}

TEST_F(StallJudgeTest, OneStallMayFollowTheOther) {
  look(5, 1);
  EXPECT_EQ(look(30, 1).verdict, Verdict::began);
  EXPECT_EQ(look(5, 2).verdict, Verdict::ended);
  EXPECT_EQ(look(30, 2).verdict, Verdict::began);
}

TEST(StallJudge, SwitchedOffTellsNothing) {
  StallJudge judge{base::Duration::zero()};
  const Activity::Reading reading{-1, 1, Work::relay, {}};
  judge.look(base::TimePoint(milliseconds(1)), reading);
  EXPECT_EQ(judge.look(base::TimePoint(milliseconds(90'000)), reading).verdict, Verdict::fine);
}

}  // namespace
}  // namespace weir::proxy
