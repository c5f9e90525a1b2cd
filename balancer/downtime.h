#pragma once

#include "balancer/standing.h"
#include "base/clock.h"
#include "metrics/running_time.h"

namespace weir::balancer {

/// How long checks or sessions have spoken against one backend, the present time included. Written
/// by the control thread, read by scrapes. Time is an argument.
class Downtime {
 public:
  void stands(const Standing& standing, base::TimePoint now) noexcept {
    const bool is_down = !standing.healthy || standing.ejected;
    if (is_down && !down_.is_running()) down_.start(now);
    if (!is_down && down_.is_running()) down_.stop(now);
  }
  [[nodiscard]] base::Duration read(base::TimePoint now) const noexcept { return down_.total(now); }

 private:
  metrics::RunningTime down_;
};

}  // namespace weir::balancer
