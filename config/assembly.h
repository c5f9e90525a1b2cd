#pragma once

#include "config/config.h"
#include "config/findings.h"
#include "config/setting.h"

#include <vector>

namespace weir::config {

/// What the top of a file, the environment and flags say: the process's own values, and what every
/// section starts from.
struct Defaults {
  Config process;
  ListenerConfig listener;
  PoolConfig pool;
};

/// Reads settings into the defaults, over what is there: call it in the order file, environment,
/// flags, and the later one wins. Settings of one call must differ in their key.
void apply_top(const std::vector<Setting>& settings, Defaults& defaults, Findings& findings);

/// A configuration whose values are read, with the section that each listener and pool came from.
struct Assembly {
  Config config;
  std::vector<const Section*> listener_sections;  ///< of the document; as long as config.listeners
  std::vector<const Section*> pool_sections;
};

/// Builds listeners and pools: each a copy of the defaults with its section's values over it. A
/// section that repeats another is judged, but left out.
Assembly assemble(const Document& document, const Defaults& defaults, Findings& findings);

}  // namespace weir::config
