#pragma once

#include "admin/answer.h"
#include "admin/request.h"
#include "config/config.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace weir::admin {

/// Who may read the page and the API, and who may change things (design, "Admin access").
struct Rules {
  config::AdminRead read = config::AdminRead::loopback;
  std::vector<std::string> hosts{};  ///< admin_hosts
  bool bound_to_loopback = true;
  std::string token{};  ///< empty: there is none, and so no changes
};

/// What a request wants.
enum class Access : std::uint8_t {
  probe,   ///< what machines ask that carry no Host and no token: scrapers, balancers
  page,    ///< the page itself, which knows nothing: it asks for the token where one is needed
  read,    ///< what goes on
  change,  ///< another course of things
};

/// The refusal that this request deserves; none when it may pass. Pure.
///
///   probe         everyone
///   page, read    a Host of ours, no foreign Origin; beyond loopback also the token, unless
///                 admin_read says anyone (the page only where there is a token to be asked for)
///   change        a Host of ours, no foreign Origin, the token
[[nodiscard]] std::optional<Answer> refusal_of(const Request& request, Access access,
                                               const Rules& rules);

}  // namespace weir::admin
