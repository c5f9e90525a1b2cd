#include "config/backend_address.h"

#include "config/address.h"
#include "config/fault.h"
#include "config/host_name.h"
#include "config/number.h"
#include "config/options.h"
#include "config/words.h"

#include <array>
#include <optional>
#include <span>
#include <vector>

namespace weir::config {
namespace {

template <unsigned BackendConfig::*Member, unsigned Least, unsigned Most>
std::optional<Problem> set_number(BackendConfig& backend, std::string_view text) {
  const auto number = parse_number(text, Least, Most);
  if (number.has_error()) return number.error();
  backend.*Member = *number;
  return {};
}

constexpr std::array<Option<BackendConfig>, 3> kOptions = {
    {{"weight", set_number<&BackendConfig::weight, 0, kLargestWeight>},
     {"priority", set_number<&BackendConfig::priority, 0, kLowestPriority>},
     {"max_connections", set_number<&BackendConfig::max_connections, 1, kMostConnections>}}};

/// "_redis._tcp.example": the name of SRV records.
Parsed<BackendConfig> parse_service(std::string_view text) {
  const std::size_t colon = text.find(':');
  const std::string_view name = text.substr(0, colon);
  if (colon != std::string_view::npos)
    return Problem{quoted(text) + " has a port, and names SRV records, which say the port",
                   "Write " + std::string(name)};
  if (!is_host_name(name) || name.find("._tcp.") == std::string_view::npos)
    return Problem{quoted(text) + " is not the name of SRV records",
                   "Write it as in _redis._tcp.example"};
  BackendConfig backend;
  backend.address = text;
  backend.host = name;
  backend.is_service = true;
  return backend;
}

Parsed<BackendConfig> parse_address(std::string_view text) {
  BackendConfig backend;
  backend.address = text;
  if (text.starts_with("unix:")) {
    const auto endpoint = parse_unix_address(text);
    if (endpoint.has_error()) return endpoint.error();
    backend.endpoint = *endpoint;
    return backend;
  }
  if (text.starts_with('_')) return parse_service(text);
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

}  // namespace

Parsed<BackendConfig> parse_backend(std::string_view text) {
  const std::vector<std::string_view> words = split_words(text);
  auto backend = parse_address(words.empty() ? text : words.front());
  if (backend.has_error()) return backend;
  if (words.size() < 2) return backend;
  if (auto problem =
          read_options<BackendConfig>(std::span(words).subspan(1), kOptions, "a backend", *backend))
    return *std::move(problem);
  const BackendConfig standard;
  if (backend->is_service &&
      (backend->weight != standard.weight || backend->priority != standard.priority))
    return Problem{quoted(words.front()) + " has a weight or a priority, which its SRV records say",
                   "Leave them out"};
  return backend;
}

std::string canonical_address(const BackendConfig& backend) {
  if (backend.endpoint) return backend.endpoint->to_string();
  if (backend.is_service) return lower_case(backend.host);
  return lower_case(backend.host) + ":" + std::to_string(backend.port);
}

}  // namespace weir::config
