#include "proxy/admission.h"

#include <gtest/gtest.h>

namespace weir::proxy {
namespace {

struct Waiter final : AdmissionWaiter {
  void room_was_made() noexcept override { ++told; }
  int told = 0;
};

class AdmissionTest : public ::testing::Test {
 protected:
  AdmissionTest() {
    admission_.add_reactor(reactor_);
    admission_.add_listener(0, Admission::kUnlimited);
    admission_.add_listener(1, 3);
    for (ListenerNumber number : {0, 1}) {
      admission_.add_listener_probe(number, listeners_[number]);
      admission_.add_acceptor(number, acceptors_[number], waiters_[number]);
    }
  }
  void end_session(ListenerNumber listener) {
    listeners_[listener].sessions_ended.add();
    reactor_.sessions_ended.add();
    admission_.session_ended();
  }

  Admission admission_{5};
  ReactorProbe reactor_;
  ListenerProbe listeners_[2];
  AcceptorProbe acceptors_[2];
  Waiter waiters_[2];
};

TEST_F(AdmissionTest, WhatWasLostOnItsWayMakesRoomAgain) {
  acceptors_[1].accepted.add(3);
  EXPECT_EQ(admission_.room(1), 0u);
  acceptors_[1].lost.add(2);
  EXPECT_EQ(admission_.room(1), 2u);
}

TEST_F(AdmissionTest, WantAtConnectHoldsAcceptingAndThenLetsOneThroughAtATime) {
  const base::TimePoint now{std::chrono::seconds(1000)};
  EXPECT_FALSE(admission_.is_held(now));
  admission_.accepted(now);
  EXPECT_FALSE(admission_.is_held(now)) << "nothing is wanting";
  admission_.connect_wanted(now);
  EXPECT_TRUE(admission_.is_held(now));
  const base::TimePoint later = now + Admission::kHold;
  EXPECT_FALSE(admission_.is_held(later));
  admission_.accepted(later);
  EXPECT_TRUE(admission_.is_held(later)) << "one, and its outcome is waited for";
  EXPECT_FALSE(admission_.is_held(later + Admission::kHold));
}

TEST_F(AdmissionTest, AConnectThatHasItsMeansEndsTheHoldAndWakesWhoWaits) {
  const base::TimePoint now{std::chrono::seconds(1000)};
  admission_.connect_wanted(now);
  admission_.wait_for_room();
  admission_.connect_begun();
  EXPECT_FALSE(admission_.is_held(now));
  EXPECT_EQ(waiters_[0].told, 1);
  admission_.accepted(now);
  EXPECT_FALSE(admission_.is_held(now));
}

TEST_F(AdmissionTest, TheProcessLimitIsSharedByAllListeners) {
  acceptors_[0].accepted.add(4);
  EXPECT_EQ(admission_.room(0), 1u);
  EXPECT_EQ(admission_.room(1), 1u);
  acceptors_[1].accepted.add();
  EXPECT_EQ(admission_.room(0), 0u);
}

TEST_F(AdmissionTest, AListenersOwnLimitBindsOnlyItself) {
  acceptors_[1].accepted.add(3);
  EXPECT_EQ(admission_.room(1), 0u);
  EXPECT_EQ(admission_.room(0), 2u);
}

TEST_F(AdmissionTest, AnEndedSessionMakesRoom) {
  acceptors_[1].accepted.add(3);
  end_session(1);
  EXPECT_EQ(admission_.room(1), 1u);
}

TEST_F(AdmissionTest, AnEndIsSeenBeforeItsBeginWithoutWrappingRound) {
  reactor_.sessions_ended.add(2);
  EXPECT_EQ(admission_.room(0), 5u);
}

TEST_F(AdmissionTest, WaitersAreToldOfTheFirstEndAfterTheyBeganToWaitAndOfNoneElse) {
  end_session(0);
  EXPECT_EQ(waiters_[0].told, 0);
  admission_.wait_for_room();
  end_session(0);
  end_session(0);
  EXPECT_EQ(waiters_[0].told, 1);
  EXPECT_EQ(waiters_[1].told, 1);
}

}  // namespace
}  // namespace weir::proxy
