#pragma once

#include "balancer/backend_probes.h"
#include "balancer/pool_snapshot.h"
#include "balancer/recent_failures.h"
#include "base/clock.h"

#include <array>
#include <cstddef>
#include <memory>
#include <vector>

namespace weir::balancer {

/// The ordered answer of a pick: try the first, then the next. Holds indexes into the snapshot's
/// members together with their slots, so that an establishment that waits can tell whether the
/// member is still there after a swap.
class Candidates {
 public:
  static constexpr std::size_t kMax = 16;

  struct Candidate {
    std::uint32_t index;
    SlotNumber slot;
  };

  void add(std::uint32_t index, SlotNumber slot) noexcept {
    if (count_ < kMax) items_[count_++] = {index, slot};
  }
  [[nodiscard]] std::size_t size() const noexcept { return count_; }
  [[nodiscard]] Candidate operator[](std::size_t rank) const noexcept { return items_[rank]; }

 private:
  std::array<Candidate, kMax> items_{};
  std::size_t count_ = 0;
};

/// A policy: built on one reactor from one snapshot, answers with candidates in order. Not shared;
/// whatever it remembers between picks is this reactor's.
class Selector {
 public:
  virtual ~Selector() = default;
  /// At most Candidates::kMax members of weight above 0, the best first; none twice. Those that
  /// failed lately come last, whatever the policy.
  virtual Candidates pick(base::TimePoint now) = 0;
};

/// Published counts of every reactor, the own one among them.
using PublishedCounts = std::vector<const SlotArray<metrics::Gauge>*>;

/// `rotation` is the reactor's number: policies that rotate begin there, so that N reactors that
/// each serve few connections do not all begin with the same backend. `counts` and `failures`
/// (this reactor's own) must outlive it.
std::unique_ptr<Selector> make_selector(std::shared_ptr<const PoolSnapshot> pool,
                                        const PublishedCounts& counts, RecentFailures& failures,
                                        unsigned rotation);

}  // namespace weir::balancer
