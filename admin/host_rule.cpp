#include "admin/host_rule.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstddef>
#include <optional>

namespace weir::admin {
namespace {

bool is_address(int family, std::string_view text) {
  unsigned char address[sizeof(in6_addr)];
  return ::inet_pton(family, std::string(text).c_str(), address) == 1;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [lower](char x, char y) { return lower(x) == lower(y); });
}

/// What stands before ":PORT". Empty when what follows the colon is no port.
std::optional<std::string_view> without_port(std::string_view host) {
  const std::size_t bracket = host.find(']');
  const std::size_t colon = host.find(':', bracket == std::string_view::npos ? 0 : bracket);
  if (colon == std::string_view::npos) return host;
  const std::string_view port = host.substr(colon + 1);
  if (port.find_first_not_of("0123456789") != std::string_view::npos) return {};
  return host.substr(0, colon);
}

}  // namespace

bool host_is_allowed(std::string_view host, const std::vector<std::string>& allowed_names) {
  const auto name = without_port(host);
  if (!name || name->empty()) return false;
  if (name->front() == '[' && name->back() == ']') {
    return is_address(AF_INET6, name->substr(1, name->size() - 2));
  }
  if (is_address(AF_INET, *name) || equal_ignoring_case(*name, "localhost")) return true;
  return std::any_of(allowed_names.begin(), allowed_names.end(),
                     [&name](const auto& allowed) { return equal_ignoring_case(*name, allowed); });
}

bool origin_is_ours(std::string_view origin, std::string_view host) {
  for (const std::string_view scheme : {"http://", "https://"})
    if (origin.starts_with(scheme)) return equal_ignoring_case(origin.substr(scheme.size()), host);
  return false;
}

}  // namespace weir::admin
