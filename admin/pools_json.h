#pragma once

#include "admin/recent.h"
#include "admin/text_filter.h"
#include "proxy/server.h"

#include <boost/json.hpp>

#include <cstddef>
#include <limits>
#include <string_view>

namespace weir::admin {

/// Which backends of the pools are shown; the pools themselves always are.
struct BackendChoice {
  TextFilter filter{};
  std::size_t offset = 0;
  std::size_t limit = std::numeric_limits<std::size_t>::max();
};
inline const std::vector<std::string_view> kBackendFields = {"pool", "backend", "state"};

/// {"matched": backends that the filter lets through, "pools": [...]}.
boost::json::object pools_json(const proxy::Server& server, const Recent& recent,
                               const BackendChoice& choice = {});

/// One backend, as it stands in its pool; null when there is none of that name.
boost::json::value backend_json(const proxy::Server& server, const Recent& recent,
                                std::string_view pool, std::string_view backend);

/// Seconds since 1970, to the millisecond.
double unix_seconds(std::chrono::system_clock::time_point time);
/// To the microsecond.
double in_seconds(std::chrono::nanoseconds duration);

}  // namespace weir::admin
