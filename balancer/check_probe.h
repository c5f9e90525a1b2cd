#pragma once

#include "balancer/check_run.h"
#include "balancer/downtime.h"
#include "balancer/slot_array.h"
#include "metrics/counter.h"
#include "metrics/histogram.h"

#include <array>
#include <cstddef>

namespace weir::balancer {

inline constexpr std::array<const char*, 3> kCheckResults = {"passed", "failed", "unknown"};

/// What the checks of one backend came to, and how long it was down, also by ejection. Written by
/// the control thread, read by scrapes.
struct CheckProbe {
  std::array<metrics::Counter, kCheckResults.size()> results;
  metrics::Histogram seconds;
  metrics::Counter transitions;
  Downtime downtime;

  void took(const CheckVerdict& verdict, bool changed) noexcept {
    results[static_cast<std::size_t>(verdict.result)].add();
    seconds.observe(verdict.took);
    if (changed) transitions.add();
  }
};
using CheckProbes = SlotArray<CheckProbe>;

}  // namespace weir::balancer
