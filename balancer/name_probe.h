#pragma once

#include "metrics/counter.h"

#include <string>

namespace weir::balancer {

/// What became of one name that a pool follows. Written by the control thread, read by scrapes.
/// Owned by its pool, for life.
struct NameProbe {
  std::string name;  ///< as configured
  metrics::Counter answered;
  metrics::Counter failed;        ///< no answer, an error, or no address in it
  metrics::Gauge addresses;       ///< in the last good answer
  metrics::Gauge last_success_s;  ///< seconds since 1970; 0: never
  metrics::Counter changes;       ///< answers that were another set than the one before
};

}  // namespace weir::balancer
