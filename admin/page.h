#pragma once

#include "admin/router.h"

#include <vector>

namespace weir::admin {

/// The page for people, at "/", with its files under "/page/", and the description of the API. They
/// know nothing by themselves, and may be kept until they change (ETag).
std::vector<Route> page_routes();

}  // namespace weir::admin
