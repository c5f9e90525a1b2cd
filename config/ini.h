#pragma once

#include "config/environment.h"
#include "config/findings.h"
#include "config/setting.h"

#include <string_view>

namespace weir::config {

/// Splits the text of a file into sections, keys and values, with ${variables} expanded. Takes a
/// UTF-8 byte order mark and CRLF line ends. Every line that makes no sense is one fault; what can
/// be read of the rest is returned all the same, so that its faults are found, too.
Document parse_ini(std::string_view text, const Environment& environment, Findings& findings);

}  // namespace weir::config
