#include "proxy/loop.h"
#include "tests/unit/proxy_peer.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include <poll.h>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <new>
#include <string>
#include <thread>

namespace {

// Heap allocations of each thread, for the promise that a relay step makes none.
thread_local std::atomic<std::uint64_t> allocations = 0;

}  // namespace

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)

// A sanitizer keeps its malloc, and what Asio takes by aligned_alloc is seen in other builds only.
// Not inlined, or g++ sees malloc where it expects operator new, and warns of the mismatch.
[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  if (void* const memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  ++allocations;
  return std::malloc(size);
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

#else

// glibc's own names for what is replaced here: operator new and Asio's handlers end in these.
extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);

void* malloc(std::size_t size) {
  ++allocations;
  return __libc_malloc(size);
}
void* calloc(std::size_t count, std::size_t size) {
  ++allocations;
  return __libc_calloc(count, size);
}
void* realloc(void* memory, std::size_t size) {
  ++allocations;
  return __libc_realloc(memory, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) {
  ++allocations;
  return __libc_memalign(alignment, size);
}
}

#endif

namespace weir::proxy {
namespace {

/// An engine on a thread that runs its io_context as a reactor does, so that Asio recycles the
/// memory of its handlers as it does there.
class EngineThread final : public EngineObserver {
 public:
  explicit EngineThread(SessionState state)
      : engine_(context_, *this, probe_, {config::RelayMode::automatic, {4, 1024 * 1024}}),
        work_(context_.get_executor()) {
    thread_ = std::thread([this, state = std::move(state)]() mutable {
      counter_ = &allocations;
      loop_.start();
      static_cast<void>(engine_.adopt(std::move(state)));
      engine_.settle();
      loop_.run();
    });
  }
  ~EngineThread() {
    mailbox_.post([this] {
      engine_.end_all(How::drain);
      work_.reset();
      context_.stop();
    });
    thread_.join();
  }
  void session_visited(Session&) noexcept override {}
  void session_answered(const Session&, base::TimePoint) noexcept override {}
  void session_ended(Session&) noexcept override {}

  /// Read from outside: a question posted to the thread would stir the memory that Asio recycles.
  std::uint64_t allocations_so_far() const { return counter_.load()->load(); }

 private:
  boost::asio::io_context context_{1};
  Mailbox mailbox_{context_};
  ReactorProbe probe_;
  Engine engine_;
  Loop loop_{context_, mailbox_, engine_};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  std::atomic<std::atomic<std::uint64_t>*> counter_{nullptr};
  std::thread thread_;
};

/// Sends on one end and waits until all of it has come out of the other.
void pass(const Descriptor& from, const Descriptor& to, std::string& buffer) {
  ASSERT_EQ(::send(from.get(), buffer.data(), buffer.size(), MSG_NOSIGNAL),
            static_cast<ssize_t>(buffer.size()));
  for (std::size_t got = 0; got < buffer.size();) {
    pollfd ready{to.get(), POLLIN, 0};
    ASSERT_EQ(::poll(&ready, 1, 20'000), 1);
    const ssize_t count = ::recv(to.get(), buffer.data(), buffer.size(), 0);
    ASSERT_GT(count, 0);
    got += static_cast<std::size_t>(count);
  }
}

class Allocation : public ::testing::TestWithParam<std::size_t> {};

TEST_P(Allocation, ARelayStepMakesNoneInTheSteadyState) {
  TcpPair down = make_tcp_pair();
  TcpPair up = make_tcp_pair();
  EngineThread reactor(relaying_state(down.ours.release(), up.ours.release()));
  std::string message(GetParam(), 'm');
  const auto round_trips = [&](int count) {
    for (int i = 0; i < count; ++i) {
      pass(down.peer, up.peer, message);
      pass(up.peer, down.peer, message);
    }
  };
  round_trips(100);
  const std::uint64_t before = reactor.allocations_so_far();
  round_trips(5'000);
  EXPECT_EQ(reactor.allocations_so_far(), before);
}

INSTANTIATE_TEST_SUITE_P(OfMessagesOfBytes, Allocation, ::testing::Values(64, 20'000));

TEST(Allocation, IsCounted) {
  const std::uint64_t before = allocations;
  const auto memory = std::make_unique<std::string>(1000, 'x');
  EXPECT_GE(allocations - before, 2u);
}

}  // namespace
}  // namespace weir::proxy
