#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace weir::admin {

/// Whether a request with this Host field, "NAME" or "NAME:PORT", may see the page and the API:
/// NAME is an IP address, localhost, or one of `allowed_names` (case does not matter). Any other
/// name may be one that an attacker's DNS points here so that a browser hands our answers to the
/// attacker's page (DNS rebinding).
[[nodiscard]] bool host_is_allowed(std::string_view host,
                                   const std::vector<std::string>& allowed_names);

/// Whether a request of this Origin field comes from our own page: it is http or https and what the
/// Host field says. "null", the origin of pages without one, is not.
[[nodiscard]] bool origin_is_ours(std::string_view origin, std::string_view host);

}  // namespace weir::admin
