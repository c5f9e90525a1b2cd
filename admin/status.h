#pragma once

#include "admin/recent.h"
#include "proxy/server.h"

#include <boost/json.hpp>

#include <cstdint>

/// Parts of the API's answers, made on the admin thread. They read published counters only.
namespace weir::admin {

/// What is true of the whole process. `changes`: whether there is a token for them.
boost::json::object process_json(const proxy::Server& server, bool draining, bool changes);
/// {"reactors": [...], "imbalance": {...}}.
boost::json::object reactors_json(const proxy::Server& server);
boost::json::array listeners_json(const proxy::Server& server);
/// The changes of backends' states after that number, the newest first.
boost::json::object events_json(const proxy::Server& server, std::uint64_t after, std::size_t most);
/// What was seen after that number, and how sessions ended meanwhile.
boost::json::object history_json(const Recent& recent, std::uint64_t after);

}  // namespace weir::admin
