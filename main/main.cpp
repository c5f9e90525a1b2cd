#include "base/fault_point.h"
#include "config/command_line.h"
#include "config/environment.h"
#include "main/check.h"
#include "main/demo.h"
#include "main/healthcheck.h"
#include "main/serve.h"
#include "main/version.h"

#include <cstdio>
#include <string>
#include <vector>

int main(int argc, char** argv) {
  using weir::config::Command;
  weir::base::fault::arm_from_environment();
  const std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
  const auto command_line =
      weir::config::parse_command_line(arguments, weir::config::process_environment());
  switch (command_line.command) {
    case Command::help: std::fputs(weir::config::help_text().c_str(), stdout); return 0;
    case Command::version: return weir::print_version();
    default: break;
  }
  if (!command_line.faults.empty()) return weir::print_faults(command_line);
  switch (command_line.command) {
    case Command::check: return weir::print_check(command_line);
    case Command::healthcheck: return weir::healthcheck(command_line);
    case Command::demo: return weir::demo(command_line);
    default: return weir::serve(command_line.config, command_line.warnings);
  }
}
