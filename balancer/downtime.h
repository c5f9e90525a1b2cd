#pragma once

#include "balancer/standing.h"
#include "base/clock.h"
#include "metrics/busy_time.h"

namespace weir::balancer {

/// How long checks or sessions have spoken against one backend, the present time included. Written
/// by the control thread, read by scrapes. Time is an argument.
class Downtime {
 public:
  void stands(const Standing& standing, base::TimePoint now) noexcept {
    if (standing.healthy && !standing.ejected)
      phases_.left(now);
    else
      phases_.entered(now);
  }
  [[nodiscard]] base::Duration read(base::TimePoint now) const noexcept {
    return phases_.read(now).busy;
  }

 private:
  metrics::BusyTime phases_;  ///< the same two phases: "busy" is down
};

}  // namespace weir::balancer
