#include "proxy/deadlines.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <vector>

namespace weir::proxy {
namespace {

using std::chrono::milliseconds;

class DeadlinesTest : public ::testing::Test {
 protected:
  base::TimePoint at(int64_t ms) const { return start_ + milliseconds(ms); }
  std::vector<Timed*> due(int64_t ms) {
    std::vector<Timed*> taken;
    while (Timed* const entry = deadlines_.take_due(at(ms))) taken.push_back(entry);
    return taken;
  }

  base::TimePoint start_{std::chrono::seconds(1000)};
  metrics::Gauge size_;
  Deadlines deadlines_{start_, size_};
  Timed first_;
  Timed second_;
};

TEST_F(DeadlinesTest, VisitsAtTheFirstTickAtOrAfterTheDueTimeAndNotBefore) {
  deadlines_.set(first_, at(60));
  EXPECT_TRUE(due(74).empty());
  EXPECT_EQ(due(75), std::vector<Timed*>{&first_});
  EXPECT_TRUE(due(10'000).empty());
}

TEST_F(DeadlinesTest, VisitsInOrderOfTime) {
  deadlines_.set(second_, at(200));
  deadlines_.set(first_, at(100));
  EXPECT_EQ(due(1000), (std::vector<Timed*>{&first_, &second_}));
}

TEST_F(DeadlinesTest, VisitsADistantEntryAfterOneTurnOfTheWheelAtTheLatest) {
  deadlines_.set(first_, at(3'600'000));
  const auto turn = Deadlines::kTick * Deadlines::kSlots;
  EXPECT_TRUE(due((turn - 2 * Deadlines::kTick).count()).empty());
  EXPECT_EQ(due(turn.count()), std::vector<Timed*>{&first_});
}

TEST_F(DeadlinesTest, APassedTimeIsVisitedAtTheNextTick) {
  EXPECT_TRUE(due(500).empty());
  deadlines_.set(first_, at(100));
  EXPECT_TRUE(due(510).empty());
  EXPECT_EQ(due(525), std::vector<Timed*>{&first_});
}

TEST_F(DeadlinesTest, SettingAgainReplacesTheFormerTime) {
  deadlines_.set(first_, at(50));
  deadlines_.set(first_, at(300));
  EXPECT_EQ(deadlines_.size(), 1u);
  EXPECT_EQ(size_.value(), 1);
  EXPECT_TRUE(due(275).empty());
  EXPECT_EQ(due(300), std::vector<Timed*>{&first_});
}

TEST_F(DeadlinesTest, ACancelledEntryIsNotVisitedEvenWhenItsTickIsRunning) {
  deadlines_.set(first_, at(50));
  deadlines_.set(second_, at(50));
  EXPECT_EQ(deadlines_.take_due(at(50)), &first_);
  deadlines_.cancel(second_);
  EXPECT_EQ(deadlines_.take_due(at(50)), nullptr);
  EXPECT_EQ(deadlines_.size(), 0u);
}

TEST_F(DeadlinesTest, NextSaysWhenSomethingMayBeDue) {
  EXPECT_FALSE(deadlines_.next().has_value());
  deadlines_.set(first_, at(333));
  EXPECT_EQ(deadlines_.next(), at(350));
}

TEST_F(DeadlinesTest, NextFollowsWhatIsSetAndCancelled) {
  deadlines_.set(first_, at(333));
  EXPECT_EQ(deadlines_.next(), at(350));
  deadlines_.set(second_, at(100));
  EXPECT_EQ(deadlines_.next(), at(100)) << "an earlier one came";
  deadlines_.cancel(second_);
  EXPECT_EQ(deadlines_.next(), at(350)) << "and went";
  deadlines_.cancel(first_);
  EXPECT_FALSE(deadlines_.next().has_value());
  deadlines_.set(first_, at(25));
  EXPECT_EQ(deadlines_.next(), at(25));
}

TEST_F(DeadlinesTest, NextIsWhenTheFirstIsVisitedWhateverHappensBefore) {
  std::vector<Timed> entries(40);
  std::minstd_rand chance(7);
  std::int64_t now = 0;
  for (int step = 0; step < 20'000; ++step) {
    Timed& entry = entries[chance() % entries.size()];
    if (chance() % 3 == 0)
      deadlines_.cancel(entry);
    else
      deadlines_.set(entry, at(now + static_cast<std::int64_t>(chance() % 8'000)));
    if (chance() % 4 != 0) continue;
    const auto next = deadlines_.next();
    ASSERT_EQ(next.has_value(), deadlines_.size() > 0);
    now += static_cast<std::int64_t>(chance() % (chance() % 50 == 0 ? 20'000 : 200));
    const bool is_due = next && *next <= at(now);
    EXPECT_EQ(deadlines_.take_due(at(now)) != nullptr, is_due) << "step " << step;
  }
}

TEST_F(DeadlinesTest, NothingIsLostAfterALongPause) {
  deadlines_.set(first_, at(50));
  deadlines_.set(second_, at(6'000));
  EXPECT_EQ(due(3'600'000).size(), 2u);
}

TEST_F(DeadlinesTest, ManyEntriesAreEachVisitedOnceAndNeverEarly) {
  std::vector<Timed> entries(2'000);
  for (size_t i = 0; i < entries.size(); ++i)
    deadlines_.set(entries[i], at(static_cast<int64_t>(i) * 3));
  std::vector<int> visits(entries.size(), 0);
  for (int64_t now = 0; now <= 6'100; now += 10) {
    while (Timed* const entry = deadlines_.take_due(at(now))) {
      const auto index = static_cast<size_t>(entry - entries.data());
      EXPECT_LE(static_cast<int64_t>(index) * 3, now);
      ++visits[index];
    }
  }
  for (const int count : visits) EXPECT_EQ(count, 1);
}

}  // namespace
}  // namespace weir::proxy
