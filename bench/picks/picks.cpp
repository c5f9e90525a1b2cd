// What a pick costs: each policy over 3, 100 and 1,000 backends, with the published counts of 1, 4
// and 16 reactors; and the rebuild of a maglev table. With --benchmark_filter=Busy: the same beside
// a thread that writes the counts of another reactor all the time.
#include "balancer/selector.h"
#include "config/balance_words.h"

#include <benchmark/benchmark.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace weir::balancer {
namespace {

using config::Balance;

/// A pool of one policy, and reactors that publish some sessions and latencies for each backend.
class Bench {
 public:
  Bench(Balance balance, std::size_t backends, std::size_t reactors) : pool_(make_pool(backends)) {
    pool_->settings.balance = balance;
    pool_->maglev = maglev_table_of(pool_->members);
    memory_.grow_to(backends);
    for (std::size_t i = 0; i < reactors; ++i) {
      sessions_.push_back(std::make_unique<SlotArray<metrics::Gauge>>());
      latencies_.push_back(std::make_unique<SlotArray<Latency>>());
      sessions_.back()->grow_to(backends);
      latencies_.back()->grow_to(backends);
      published_.sessions.push_back(sessions_.back().get());
      published_.latencies.push_back(latencies_.back().get());
      for (SlotNumber slot = 0; slot < backends; ++slot) {
        (*sessions_.back())[slot].set(static_cast<std::int64_t>(memory_.random() % 100));
        (*latencies_.back())[slot].observe(std::chrono::microseconds(memory_.random() % 10'000),
                                           kNow);
      }
    }
    selector_ = make_selector(pool_, published_, memory_, 0);
  }

  std::uint32_t pick() {
    return selector_->pick({kNow, key_ += 0x9e3779b97f4a7c15, tried_}).value();
  }
  SlotArray<metrics::Gauge>& sessions(std::size_t reactor) { return *sessions_[reactor]; }

  static std::shared_ptr<PoolSnapshot> make_pool(std::size_t backends) {
    auto pool = std::make_shared<PoolSnapshot>();
    for (SlotNumber slot = 0; slot < backends; ++slot)
      pool->members.push_back({slot, "10.1.2.3:" + std::to_string(slot), {}, 1, 1});
    return pool;
  }

 private:
  static constexpr base::TimePoint kNow{std::chrono::seconds(1000)};

  std::shared_ptr<PoolSnapshot> pool_;
  PickMemory memory_{1};
  std::vector<std::unique_ptr<SlotArray<metrics::Gauge>>> sessions_;
  std::vector<std::unique_ptr<SlotArray<Latency>>> latencies_;
  Published published_;
  std::unique_ptr<Selector> selector_;
  Tried tried_;
  std::uint64_t key_ = 0;
};

void pick(benchmark::State& state, Balance balance) {
  Bench bench(balance, static_cast<std::size_t>(state.range(0)),
              static_cast<std::size_t>(state.range(1)));
  for (auto _ : state) benchmark::DoNotOptimize(bench.pick());
}

void busy(benchmark::State& state, Balance balance) {
  const auto backends = static_cast<std::size_t>(state.range(0));
  Bench bench(balance, backends, static_cast<std::size_t>(state.range(1)));
  std::atomic<bool> over{false};
  std::thread writer([&] {
    for (SlotNumber slot = 0; !over.load(std::memory_order_relaxed);
         slot = static_cast<SlotNumber>((slot + 1) % backends))
      bench.sessions(0)[slot].add();
  });
  for (auto _ : state) benchmark::DoNotOptimize(bench.pick());
  over = true;
  writer.join();
}

void rebuild(benchmark::State& state) {
  const auto pool = Bench::make_pool(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(maglev_table_of(pool->members));
}

void add_benchmarks() {
  for (const auto& [name, balance] : config::kBalances) {
    benchmark::RegisterBenchmark(("Pick/" + std::string(name)).c_str(), pick, balance)
        ->ArgNames({"backends", "reactors"})
        ->ArgsProduct({{3, 100, 1000}, {1, 4, 16}});
    benchmark::RegisterBenchmark(("Busy/" + std::string(name)).c_str(), busy, balance)
        ->ArgNames({"backends", "reactors"})
        ->Args({100, 16});
  }
  benchmark::RegisterBenchmark("Rebuild/maglev", rebuild)
      ->ArgNames({"backends"})
      ->Arg(3)
      ->Arg(100)
      ->Arg(1000)
      ->Unit(benchmark::kMillisecond);
}

}  // namespace
}  // namespace weir::balancer

int main(int argc, char** argv) {
  weir::balancer::add_benchmarks();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
