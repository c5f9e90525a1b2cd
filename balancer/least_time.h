#pragma once

#include "balancer/roster.h"
#include "balancer/selector.h"
#include "balancer/session_counts.h"
#include "balancer/weighted_draw.h"

#include <memory>
#include <vector>

namespace weir::balancer {

/// Of two members drawn at random the one that is expected to answer sooner: the peak average of
/// its time to connect and give the first byte, as the reactor that saw the slowest has it, times
/// its sessions with this one, for its weight. Source: Finagle's P2C with peak EWMA
/// (com.twitter.finagle.loadbalancer.p2c, PeakEwma.scala), as in Linkerd. A member of whom nothing
/// is known is tried at once by one session, and counts as slow until that has an answer.
class LeastTime final : public Selector {
 public:
  /// Taken for the time of a member that has sessions and no answer yet.
  static constexpr double kUnknownSeconds = 1;

  LeastTime(std::shared_ptr<const PoolSnapshot> pool, const Published& published,
            PickMemory& memory);
  std::optional<std::uint32_t> pick(const PickRequest& request) override;

 private:
  [[nodiscard]] double cost(std::size_t place, base::TimePoint now) const noexcept;

  Roster roster_;
  SessionCounts counts_;
  WeightedDraw draw_;
  std::vector<const Latency*> latencies_;  ///< of each entry, one for each reactor
  std::size_t reactors_;
  std::mt19937_64& random_;
};

}  // namespace weir::balancer
