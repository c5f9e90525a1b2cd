#pragma once

#include "base/endpoint.h"
#include "config/command.h"
#include "config/config.h"
#include "config/environment.h"
#include "config/fault.h"

#include <optional>
#include <string>
#include <vector>

namespace weir::config {

/// Everything that arguments, environment and file came to.
struct CommandLine {
  Command command = Command::serve;
  Config config;                      ///< whole only when there are no faults
  std::vector<Fault> faults;          ///< all of them, in reading order; any means exit code 2
  std::vector<std::string> warnings;  ///< each a line to log
  /// healthcheck: why the file did not say where to ask; no fault, for it may be edited just now.
  std::vector<std::string> unheard;
  std::string config_file;  ///< what was loaded; empty when listener and pool were flags

  /// For demo, which brings its own listener and pool: what flags and environment say about every
  /// listener and pool, and the --listen that it may be given.
  ListenerConfig listener_defaults;
  PoolConfig pool_defaults;
  std::optional<base::Endpoint> demo_listen;
  bool demo_backend_only = false;  ///< no proxy: one of the demo's backends, on demo_listen
};

/// The one way in: reads the arguments (without the program's name), the WEIR_ variables and the
/// file they name, and validates the whole. A flag beats a variable beats the file. Opens nothing
/// but that file.
CommandLine parse_command_line(const std::vector<std::string>& arguments,
                               const Environment& environment);

/// What 'weir help' prints: the ways to start, then every flag from the table of keys.
std::string help_text();

}  // namespace weir::config
