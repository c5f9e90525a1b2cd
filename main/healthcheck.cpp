#include "main/healthcheck.h"

#include "admin/http_get.h"

#include <cstdio>

namespace weir {

int healthcheck(const config::CommandLine& command_line) {
  const config::Config& config = command_line.config;
  if (!config.admin) {
    std::fputs("healthcheck: admin is none, so there is nothing to ask. give --admin ADDR:PORT\n",
               stderr);
    return 1;
  }
  const admin::HttpStatus answer = admin::http_get(*config.admin, "/healthz");
  if (answer.status == 200) return 0;
  const std::string cause =
      answer.status == 0 ? answer.error
                         : config.admin->to_string() + ": status " + std::to_string(answer.status);
  std::fprintf(stderr, "healthcheck: %s\n", cause.c_str());
  for (const std::string& why : command_line.unheard)
    std::fprintf(stderr, "healthcheck: the file did not say where to ask: %s\n", why.c_str());
  return 1;
}

}  // namespace weir
