#include "proxy/flow.h"
#include "proxy/pipe_budget.h"
#include "proxy/pipe_pool.h"
#include "tests/unit/proxy_peer.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <vector>

namespace weir::proxy {
namespace {

constexpr std::size_t kSmall = 64 * 1024;

Side side_of(const Descriptor& socket) {
  Side side;
  side.fd = socket.get();
  side.readable = side.writable = true;
  return side;
}

class PipeTest : public ::testing::Test {
 protected:
  PipeTest() : from_(make_tcp_pair()), to_(make_tcp_pair()), writer_(std::move(from_.peer)) {}

  void write(const std::string& bytes) {
    ASSERT_EQ(::send(writer_.fd.get(), bytes.data(), bytes.size(), 0),
              static_cast<ssize_t>(bytes.size()));
  }

  TcpPair from_;
  TcpPair to_;
  Peer writer_;
  Side source_ = side_of(from_.ours);
  Side sink_ = side_of(to_.ours);
  std::unique_ptr<Pipe> pipe_ = Pipe::open(kSmall);
};

TEST_F(PipeTest, NothingToReadAndAnEmptyPipeMeansThatTheSocketIsEmpty) {
  EXPECT_EQ(pipe_->fill(source_).result, Transfer::Result::would_block);
  EXPECT_FALSE(source_.readable);
}

TEST_F(PipeTest, NoSlotLeftDoesNotMeanThatTheSocketIsEmpty) {
  // Segments of one byte each: a pipe of 64 KiB has sixteen slots.
  std::size_t bytes = 0;
  for (int i = 0; i < 64; ++i) {
    write("x");
    bytes += pipe_->fill(source_).bytes;
  }
  ASSERT_LT(bytes, 64u) << "the pipe was never full";
  EXPECT_EQ(pipe_->fill(source_).result, Transfer::Result::would_block);
  EXPECT_TRUE(source_.readable);
  while (source_.readable) {
    while (!pipe_->empty()) ASSERT_EQ(pipe_->drain(sink_).result, Transfer::Result::moved);
    bytes += pipe_->fill(source_).bytes;
  }
  EXPECT_EQ(bytes, 64u);
}

TEST_F(PipeTest, TheEndIsBelievedOnlyOfAnEmptyPipe) {
  write("last");
  writer_.half_close();
  EXPECT_EQ(pipe_->fill(source_).bytes, 4u);
  EXPECT_EQ(pipe_->fill(source_).result, Transfer::Result::would_block);
  EXPECT_FALSE(source_.ended);
  EXPECT_EQ(pipe_->drain(sink_).bytes, 4u);
  EXPECT_EQ(pipe_->fill(source_).result, Transfer::Result::end);
  EXPECT_TRUE(source_.ended);
}

TEST_F(PipeTest, AFullSinkStopsTheDrainAndKeepsTheRest) {
  const std::string block = random_bytes(200'000, 1);
  Peer reader(std::move(to_.peer));
  std::size_t filled = 0;
  for (int i = 0; i < 200 && sink_.writable; ++i) {
    ::send(writer_.fd.get(), block.data(), block.size(), MSG_DONTWAIT);
    source_.readable = true;
    filled += pipe_->fill(source_).bytes;
    pipe_->drain(sink_);
  }
  EXPECT_FALSE(sink_.writable);
  EXPECT_FALSE(pipe_->empty());
  EXPECT_GT(filled, pipe_->bytes());
}

TEST_F(PipeTest, ASinkThatHasResetIsAFailureWithItsReason) {
  write("unheard");
  pipe_->fill(source_);
  Peer reader(std::move(to_.peer));
  reader.reset();
  EXPECT_EQ(pipe_->drain(sink_).result, Transfer::Result::failed);
  EXPECT_TRUE(sink_.failed());
}

class PipePoolTest : public PipeTest {
 protected:
  metrics::Gauge open_;
  metrics::Counter shortages_;
};

TEST_F(PipePoolTest, HasNoMoreThanItsLimitAndCountsWhoGotNone) {
  PipePool pool({1, kSmall}, open_, shortages_);
  auto first = pool.take();
  ASSERT_NE(first, nullptr);
  EXPECT_EQ(pool.take(), nullptr);
  EXPECT_EQ(shortages_.value(), 1u);
  const Pipe* const address = first.get();
  pool.give(std::move(first));
  EXPECT_TRUE(pool.all_are_back());
  auto again = pool.take();
  EXPECT_EQ(again.get(), address);
  EXPECT_EQ(open_.value(), 1);
  pool.give(std::move(again));
}

TEST_F(PipePoolTest, ClosesAPipeThatStillHoldsBytes) {
  PipePool pool({1, kSmall}, open_, shortages_);
  auto pipe = pool.take();
  write("somebody else's");
  pipe->fill(source_);
  pool.give(std::move(pipe));
  EXPECT_EQ(open_.value(), 0);
  pipe = pool.take();
  ASSERT_NE(pipe, nullptr);
  EXPECT_TRUE(pipe->empty());
  pool.give(std::move(pipe));
}

/// What flows of a reactor with one pipe share.
class OnePipeTest : public PipePoolTest {
 protected:
  PipePool pool_{{1, kSmall}, open_, shortages_};
  std::vector<std::byte> scratch_ = std::vector<std::byte>(Flow::kScratchBytes);
  metrics::Counter copied_;
  metrics::Counter spliced_;
  metrics::Gauge buffered_;
  FlowResources resources_{scratch_, pool_,    config::RelayMode::splice,
                           copied_,  spliced_, buffered_};
};

TEST_F(OnePipeTest, OneOfTwoBulkFlowsCopiesWhenThereIsOnePipe) {
  Flow first;
  Flow second;
  write("one");
  Side stopped = sink_;
  stopped.writable = false;
  first.step(source_, stopped, resources_);  // its pipe holds bytes: the pipe is its own
  EXPECT_EQ(first.unsent_bytes(), 3u);

  TcpPair from = make_tcp_pair();
  Side other_source = side_of(from.ours);
  ASSERT_EQ(::send(from.peer.get(), "two", 3, 0), 3);
  second.step(other_source, sink_, resources_);
  EXPECT_EQ(copied_.value(), 3u);
  EXPECT_EQ(shortages_.value(), 1u);

  first.step(source_, sink_, resources_);
  EXPECT_EQ(spliced_.value(), 3u);
  EXPECT_TRUE(pool_.all_are_back());
}

TEST_F(OnePipeTest, AFlowThatItsBudgetStopsGivesAnEmptyPipeBack) {
  const base::Descriptor much(::memfd_create("much", MFD_CLOEXEC));
  ASSERT_EQ(::ftruncate(much.get(), 4 * Flow::kSpliceBudgetBytes), 0);
  const base::Descriptor nowhere(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  Side source;
  source.fd = much.get();
  source.readable = true;
  Side sink;
  sink.fd = nowhere.get();
  sink.writable = true;
  Flow flow;
  EXPECT_EQ(flow.step(source, sink, resources_), Flow::Step::again);
  EXPECT_GE(spliced_.value(), Flow::kSpliceBudgetBytes);
  EXPECT_FALSE(flow.has_unsent());
  EXPECT_TRUE(pool_.all_are_back());
}

TEST(PipeBudget, TakesAtMostHalfOfWhatTheUserMayHave) {
  const PipeRules usual{1024 * 1024, 16384};  // 64 MiB
  for (const std::size_t reactors : {1u, 2u, 4u, 16u}) {
    const auto limits = decide_pipes(reactors, 1'000'000, usual);
    EXPECT_GE(limits.pipes, 1u);
    EXPECT_LE(limits.pipes * limits.pipe_bytes * reactors, 32u * 1024 * 1024);
  }
  EXPECT_EQ(decide_pipes(1, 1'000'000, usual).pipes, 128u);
  EXPECT_EQ(decide_pipes(256, 1'000'000, usual).pipes, 0u) << "no more than 128 in all";
  const PipeRules meagre{1024 * 1024, 256};  // 1 MiB
  EXPECT_EQ(decide_pipes(4, 1'000'000, meagre).pipe_bytes, 128u * 1024) << "smaller, one for each";
}

TEST(PipeBudget, LeavesDescriptorsToConnections) {
  EXPECT_EQ(decide_pipes(1, 80, {1024 * 1024, 16384}).pipes, 0u);
  EXPECT_EQ(decide_pipes(2, 1024, {1024 * 1024, 0}).pipes, 4u);
}

}  // namespace
}  // namespace weir::proxy
