#pragma once

#include "config/command.h"
#include "config/findings.h"
#include "config/setting.h"

#include <string>
#include <vector>

namespace weir::config {

/// The command line, split into its parts.
struct Arguments {
  Command command = Command::serve;
  std::vector<Setting> settings;  ///< --listen as bind, --backend as backend, the rest by its key
  std::string config_file;        ///< of --config; empty when not given
  bool backend_only = false;      ///< --backend-only, of demo
};

/// Reads all arguments but the program's name. Dashes and underscores are the same in flags,
/// abbreviations are none; every argument that makes no sense is one fault.
Arguments read_arguments(const std::vector<std::string>& arguments, Findings& findings);

}  // namespace weir::config
