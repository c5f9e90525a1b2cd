// How each policy spreads sessions over backends that differ: weir's own selectors, two reactors,
// and a simulated pool. CSV on standard output: policy, second, backend, sessions begun in that
// second. bench/spread draws it.
//
// Of six backends one is four times as fast as the others and one five times as slow; one refuses
// from second 20 to 40. A backend serves all of its sessions at once, each slower the more it has.
#include "balancer/selector.h"
#include "base/hash.h"
#include "config/balance_words.h"

#include <array>
#include <cstdio>
#include <memory>
#include <queue>
#include <random>
#include <string>
#include <vector>

namespace weir::balancer {
namespace {

using config::Balance;
using Seconds = std::chrono::duration<double>;

constexpr int kDuration = 60;
constexpr double kSessionsPerSecond = 300;
constexpr std::size_t kReactors = 2;
constexpr unsigned kClients = 500;
constexpr double kSessionsThatDouble = 20;  ///< so many more sessions double the time of each

struct Server {
  const char* name;
  double seconds;  ///< that a session takes on it alone
  double refuses_from = 0;
  double refuses_until = 0;
};
constexpr std::array<Server, 6> kServers = {{{"steady 1", 0.040},
                                             {"steady 2", 0.040},
                                             {"steady 3", 0.040},
                                             {"fast", 0.010},
                                             {"slow", 0.200},
                                             {"failing", 0.040, 20, 40}}};

struct End {
  double time;
  std::size_t reactor;
  SlotNumber slot;
  double took;
  bool operator>(const End& other) const { return time > other.time; }
};

class Simulation {
 public:
  explicit Simulation(Balance balance) : pool_(std::make_shared<PoolSnapshot>()) {
    pool_->settings.balance = balance;
    for (SlotNumber slot = 0; slot < kServers.size(); ++slot)
      pool_->members.push_back({slot, kServers[slot].name, {}, 1, 1});
    pool_->maglev = maglev_table_of(pool_->members);
    for (std::size_t i = 0; i < kReactors; ++i) {
      sessions_[i].grow_to(kServers.size());
      latencies_[i].grow_to(kServers.size());
      memories_[i].grow_to(kServers.size());
      memories_[i].random.seed(i);
      published_.sessions.push_back(&sessions_[i]);
      published_.latencies.push_back(&latencies_[i]);
    }
    for (std::size_t i = 0; i < kReactors; ++i)
      selectors_.push_back(
          make_selector(pool_, published_, memories_[i], static_cast<unsigned>(i)));
  }

  void run(const char* policy) {
    std::exponential_distribution<double> gap(kSessionsPerSecond);
    std::array<int, kServers.size()> begun{};
    int second = 0;
    for (double now = gap(random_); now < kDuration; now += gap(random_)) {
      for (; second < static_cast<int>(now); ++second) {
        for (std::size_t i = 0; i < begun.size(); ++i)
          std::printf("%s,%d,%s,%d\n", policy, second, kServers[i].name, begun[i]);
        begun.fill(0);
      }
      end_sessions(now);
      const int server = begin_session(now);
      if (server >= 0) ++begun[static_cast<std::size_t>(server)];
    }
  }

 private:
  static base::TimePoint at(double time) {
    return base::TimePoint(std::chrono::duration_cast<base::Duration>(Seconds(1000 + time)));
  }

  void end_sessions(double now) {
    for (; !ends_.empty() && ends_.top().time <= now; ends_.pop()) {
      const End& end = ends_.top();
      sessions_[end.reactor][end.slot].sub();
      latencies_[end.reactor][end.slot].observe(
          std::chrono::duration_cast<base::Duration>(Seconds(end.took)), at(end.time));
    }
  }

  /// The server that took it; -1 when none did.
  int begin_session(double now) {
    const std::size_t reactor = random_() % kReactors;
    const std::uint64_t key = base::hash(random_() % kClients, 0);
    Tried tried;
    while (tried.size() <= pool_->settings.retries) {
      const auto picked = selectors_[reactor]->pick({at(now), key, tried});
      if (!picked) return -1;
      const SlotNumber slot = *picked;
      const Server& server = kServers[slot];
      tried.add(slot);
      if (now >= server.refuses_from && now < server.refuses_until) {
        memories_[reactor].failures.connect_failed(slot, at(now));
        continue;
      }
      memories_[reactor].failures.connected(slot);
      double others = 0;
      for (const auto& reactor_sessions : sessions_)
        others += static_cast<double>(reactor_sessions[slot].value());
      const double took = server.seconds * (1 + others / kSessionsThatDouble);
      sessions_[reactor][slot].add();
      ends_.push({now + took, reactor, slot, took});
      return static_cast<int>(slot);
    }
    return -1;
  }

  std::shared_ptr<PoolSnapshot> pool_;
  std::array<SlotArray<metrics::Gauge>, kReactors> sessions_;
  std::array<SlotArray<Latency>, kReactors> latencies_;
  std::array<PickMemory, kReactors> memories_;
  Published published_;
  std::vector<std::unique_ptr<Selector>> selectors_;
  std::priority_queue<End, std::vector<End>, std::greater<>> ends_;
  std::mt19937_64 random_{11};
};

}  // namespace
}  // namespace weir::balancer

int main() {
  std::puts("policy,second,backend,sessions");
  for (const auto& [name, balance] : weir::config::kBalances)
    weir::balancer::Simulation(balance).run(std::string(name).c_str());
  return 0;
}
