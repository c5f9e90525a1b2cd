#include "proxy/beat_judge.h"

#include <gtest/gtest.h>

#include <chrono>

namespace weir::proxy {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Verdict = BeatJudge::Verdict;

class BeatJudgeTest : public ::testing::Test {
 protected:
  /// A look so much later than the last one.
  Verdict look(BeatJudge& judge, milliseconds later, std::uint64_t beats, bool waits = false) {
    now_ += later;
    return judge.look(now_, beats, waits).verdict;
  }
  base::TimePoint now_{};
  BeatJudge judge_{milliseconds(100)};
};

TEST_F(BeatJudgeTest, TellsOnceThatOneIsStuckAndThatItIsBack) {
  EXPECT_EQ(look(judge_, milliseconds(20), 1), Verdict::fine);
  EXPECT_EQ(look(judge_, milliseconds(1990), 1), Verdict::fine);
  EXPECT_EQ(look(judge_, milliseconds(20), 1), Verdict::stuck);
  EXPECT_EQ(look(judge_, seconds(5), 1), Verdict::fine);
  EXPECT_EQ(look(judge_, milliseconds(20), 2), Verdict::back);
  EXPECT_EQ(look(judge_, milliseconds(20), 3), Verdict::fine);
}

TEST_F(BeatJudgeTest, WakesOnceWhoWaitsForEvents) {
  EXPECT_EQ(look(judge_, milliseconds(20), 1, true), Verdict::fine);
  EXPECT_EQ(look(judge_, milliseconds(1010), 1, true), Verdict::wake);
  EXPECT_EQ(look(judge_, milliseconds(20), 1, true), Verdict::fine);
  EXPECT_EQ(look(judge_, seconds(1), 1, true), Verdict::stuck);
}

TEST_F(BeatJudgeTest, ASlowHeartIsNotLate) {
  BeatJudge slow(seconds(1));
  EXPECT_EQ(look(slow, milliseconds(20), 1, true), Verdict::fine);
  EXPECT_EQ(look(slow, milliseconds(1010), 1, true), Verdict::fine) << "its beat is due now";
  EXPECT_EQ(look(slow, milliseconds(1000), 1, true), Verdict::wake);
  EXPECT_EQ(look(slow, milliseconds(1900), 1, true), Verdict::fine);
  EXPECT_EQ(look(slow, milliseconds(100), 1, true), Verdict::stuck);
}

TEST_F(BeatJudgeTest, NobodyIsBlamedForTheTimeInWhichTheWatchdogDidNotRun) {
  EXPECT_EQ(look(judge_, milliseconds(20), 1, true), Verdict::fine);
  judge_.forgive(seconds(60), now_ + seconds(60));
  EXPECT_EQ(look(judge_, milliseconds(60'020), 1, true), Verdict::fine);
  EXPECT_EQ(look(judge_, milliseconds(1000), 1, true), Verdict::wake);
}

TEST_F(BeatJudgeTest, WhoIsStuckStaysSoThoughTheWatchdogIsLate) {
  EXPECT_EQ(look(judge_, milliseconds(20), 1), Verdict::fine);
  EXPECT_EQ(look(judge_, seconds(3), 1), Verdict::stuck);
  judge_.forgive(seconds(10), now_ + seconds(10));
  EXPECT_EQ(judge_.look(now_ + seconds(10), 2, false).silent, seconds(13));
}

}  // namespace
}  // namespace weir::proxy
