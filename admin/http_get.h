#pragma once

#include "base/endpoint.h"

#include <chrono>
#include <string>
#include <string_view>

namespace weir::admin {

struct HttpStatus {
  unsigned status = 0;  ///< 0: there was no answer, and `error` says why
  std::string error;
};

/// GET http://address/target, waiting for the status only; for `weir healthcheck`. Blocks the
/// caller for `timeout` at most, over connecting, sending and receiving together. A wildcard
/// address means this machine.
[[nodiscard]] HttpStatus http_get(const base::Endpoint& address, std::string_view target,
                                  std::chrono::milliseconds timeout = std::chrono::seconds(2));

}  // namespace weir::admin
