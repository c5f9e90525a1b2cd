#include "base/listening_socket.h"
#include "proxy/acceptor_set.h"

#include <gtest/gtest.h>

#include <memory>
#include <new>

namespace weir::proxy {
namespace {

struct Sink final : ArrivalSink {
  void arrived(Arrival) override {}
  std::size_t turn_ended() override {
    if (wants_memory) {
      wants_memory = false;
      throw std::bad_alloc();
    }
    return 0;
  }
  bool wants_memory = false;
};

class AcceptorSetTest : public ::testing::Test {
 protected:
  void add_one(ListenerNumber number) {
    const auto endpoint = base::Endpoint::parse("127.0.0.1:0").value();
    sockets_.push_back(base::open_listening_socket(endpoint, {}));
    ASSERT_TRUE(sockets_.back());
    admission_.add_listener(number, Admission::kUnlimited);
    admission_.add_listener_probe(number, listener_);
    const int socket = sockets_.back().get();
    set_.add(
        std::make_unique<Acceptor>(context_, std::make_unique<ContextListenWatch>(context_, socket),
                                   Acceptor::Listener{"l", number, 0, socket}, admission_, sink_));
  }

  boost::asio::io_context context_{1};
  std::vector<base::Descriptor> sockets_;
  ListenerProbe listener_;
  Admission admission_{100};
  Sink sink_;
  AcceptorSet set_;
};

TEST_F(AcceptorSetTest, TellsOnceWhenTheLastHasFinished) {
  add_one(0);
  add_one(1);
  set_.start();
  int told = 0;
  set_.finish([&] { ++told; });
  context_.run();
  set_.recover();
  EXPECT_EQ(told, 1);
}

TEST_F(AcceptorSetTest, TellsAgainWhenTellingFoundNoMemory) {
  add_one(0);
  set_.start();
  int tried = 0;
  const auto done = [&] {
    if (++tried == 1) throw std::bad_alloc();
  };
  EXPECT_THROW(set_.finish(done), std::bad_alloc);
  set_.recover();
  EXPECT_EQ(tried, 2);
}

TEST_F(AcceptorSetTest, AsksTheOthersToFinishAfterOneFoundNoMemory) {
  add_one(0);
  add_one(1);
  set_.start();
  int told = 0;
  sink_.wants_memory = true;
  EXPECT_THROW(set_.finish([&] { ++told; }), std::bad_alloc);
  EXPECT_EQ(told, 0);
  set_.recover();
  EXPECT_EQ(told, 1);
}

TEST_F(AcceptorSetTest, WithoutAcceptorsItTellsAtOnce) {
  int told = 0;
  set_.start();
  set_.finish([&] { ++told; });
  EXPECT_EQ(told, 1);
}

}  // namespace
}  // namespace weir::proxy
