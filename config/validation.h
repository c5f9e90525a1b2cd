#pragma once

#include "config/assembly.h"
#include "config/findings.h"

namespace weir::config {

/// What can only be seen when everything is read: required keys, pools that are named but missing,
/// addresses used twice. Also gives a listener that names no pool the only one there is.
void validate(Assembly& assembly, Findings& findings);

}  // namespace weir::config
