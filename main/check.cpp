#include "main/check.h"

#include "main/admin_token.h"

#include <cstdio>
#include <string>

namespace weir {

namespace {

void print_warnings(const config::CommandLine& command_line) {
  for (const std::string& warning : command_line.warnings)
    std::fprintf(stderr, "warning: %s\n", warning.c_str());
}

}  // namespace

int print_faults(const config::CommandLine& command_line) {
  print_warnings(command_line);
  for (const config::Fault& fault : command_line.faults)
    std::fprintf(stderr, "%s\n", config::to_string(fault).c_str());
  return kExitFault;
}

int print_check(const config::CommandLine& command_line) {
  print_warnings(command_line);
  const std::string& token_file = command_line.config.admin_token_file;
  std::string failure;
  if (command_line.config.admin && token_file != "none") read_admin_token(token_file, failure);
  if (!failure.empty()) {
    std::fprintf(stderr, "admin_token_file: %s\n", failure.c_str());
    return kExitFault;
  }
  std::printf("configuration is sound: %zu listener(s), %zu pool(s)\n",
              command_line.config.listeners.size(), command_line.config.pools.size());
  return 0;
}

}  // namespace weir
