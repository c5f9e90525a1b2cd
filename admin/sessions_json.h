#pragma once

#include "admin/text_filter.h"
#include "proxy/server.h"
#include "proxy/session_search.h"

#include <boost/json.hpp>

#include <string_view>
#include <vector>

namespace weir::admin {

inline const std::vector<std::string_view> kSessionFields = {"client",  "listener", "pool",
                                                             "backend", "stage",    "reactor"};

/// On the admin thread, like all here. What a filter means to reactors, which know numbers and no
/// names. A word without a field is met by any of them but the reactor.
std::vector<proxy::SessionSearch::Term> search_terms(const TextFilter& filter,
                                                     const proxy::Directory& directory);

/// The sessions that were found, with names again.
boost::json::array sessions_json(const proxy::SessionSearch& search,
                                 const proxy::Directory& directory);

}  // namespace weir::admin
