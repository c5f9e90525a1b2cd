#pragma once

#include "balancer/ranking.h"
#include "balancer/selector.h"

#include <memory>
#include <vector>

namespace weir::balancer {

/// Smooth weighted round robin: each pick adds every member's weight to its credit, takes the
/// member with the highest credit and charges it the sum of weights, so that weights 5, 1, 1 give
/// a a b a c a a and not a a a a a b c. Source: nginx, ngx_stream_upstream_round_robin.c
/// (commit 52327e0627, 2012). The further candidates follow by credit and are not charged.
/// Exact on each reactor, and so within one pick a reactor over all of them.
class RoundRobin final : public Selector {
 public:
  RoundRobin(std::shared_ptr<const PoolSnapshot> pool, RecentFailures& failures, unsigned rotation);
  Candidates pick(base::TimePoint now) override;

 private:
  struct Credit {
    std::uint32_t index;
    std::int64_t weight;
    std::int64_t credit;
    bool failed;
  };

  Credit& charge_best() noexcept;
  void mark_failed(base::TimePoint now) noexcept;

  std::shared_ptr<const PoolSnapshot> pool_;
  RecentFailures& failures_;
  std::vector<Credit> credits_;  ///< members of weight above 0
  Ranking<Credit> ranking_;
};

}  // namespace weir::balancer
