#include "config/backend_address.h"

#include "config/address.h"
#include "config/fault.h"
#include "config/host_name.h"
#include "config/nearest.h"
#include "config/number.h"
#include "config/words.h"

#include <array>
#include <cstddef>
#include <optional>
#include <vector>

namespace weir::config {
namespace {

constexpr unsigned kLargestWeight = 256;
constexpr std::array<std::string_view, 1> kOptions = {"weight"};

Parsed<BackendConfig> parse_address(std::string_view text) {
  BackendConfig backend;
  backend.address = text;
  if (text.starts_with("unix:")) {
    const auto endpoint = parse_unix_address(text);
    if (endpoint.has_error()) return endpoint.error();
    backend.endpoint = *endpoint;
    return backend;
  }
  const auto parts = split_host_port(text, 1);
  if (parts.has_error()) return parts.error();
  backend.port = parts->port;
  const std::string canonical = std::string(parts->host) + ":" + std::to_string(parts->port);
  backend.endpoint = base::Endpoint::parse(canonical);
  if (backend.endpoint) return backend;
  if (!is_host_name(parts->host)) {
    return Problem{quoted(parts->host) + " is neither an IP address nor a host name",
                   "Write HOST:PORT, as in 10.0.0.1:6379, [fd00::1]:6379 or redis.internal:6379"};
  }
  backend.host = parts->host;
  return backend;
}

/// Reads one "name=value" after the address into `backend`.
std::optional<Problem> read_option(std::string_view option, BackendConfig& backend) {
  const std::size_t equals = option.find('=');
  const std::string_view name = option.substr(0, equals);
  if (name != kOptions[0]) {
    const std::string meant = did_you_mean(name, kOptions);
    return Problem{"unknown option " + quoted(name) + " of a backend",
                   meant.empty() ? "Known are: weight=0..256" : meant};
  }
  const bool has_value = equals != std::string_view::npos;
  const auto weight =
      parse_number(has_value ? option.substr(equals + 1) : std::string_view(), 0, kLargestWeight);
  if (weight.has_error()) return Problem{"weight " + weight.error().text, weight.error().remedy};
  backend.weight = *weight;
  return {};
}

}  // namespace

Parsed<BackendConfig> parse_backend(std::string_view text) {
  const std::vector<std::string_view> words = split_words(text);
  auto backend = parse_address(words.empty() ? text : words.front());
  if (backend.has_error()) return backend;
  for (std::size_t i = 1; i < words.size(); ++i) {
    if (i > 1) return Problem{"more than one option after the address", "Give weight= once"};
    if (auto problem = read_option(words[i], *backend)) return *std::move(problem);
  }
  return backend;
}

std::string canonical_address(const BackendConfig& backend) {
  if (backend.endpoint) return backend.endpoint->to_string();
  return lower_case(backend.host) + ":" + std::to_string(backend.port);
}

}  // namespace weir::config
