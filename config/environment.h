#pragma once

#include "config/findings.h"
#include "config/setting.h"

#include <map>
#include <string>
#include <vector>

namespace weir::config {

/// Variables by name, injected so that tests need not touch their own.
using Environment = std::map<std::string, std::string>;

/// What this process was given.
Environment process_environment();

/// The keys among the variables, as WEIR_CONNECT_TIMEOUT. A WEIR_ that is no key is only worth a
/// warning: Kubernetes and Docker links inject such names for a service that is called "weir".
std::vector<Setting> settings_of(const Environment& environment, Findings& findings);

}  // namespace weir::config
