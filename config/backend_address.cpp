#include "config/backend_address.h"

#include "config/address.h"
#include "config/fault.h"
#include "config/host_name.h"
#include "config/nearest.h"
#include "config/number.h"
#include "config/words.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace weir::config {
namespace {

constexpr unsigned kLargestWeight = 256;
constexpr unsigned kLowestPriority = 15;

/// What may follow an address, each at most once.
struct Option {
  std::string_view name;
  std::uint32_t most;
  unsigned BackendConfig::*member;
};
constexpr std::array<Option, 2> kOptions = {
    {{"weight", kLargestWeight, &BackendConfig::weight},
     {"priority", kLowestPriority, &BackendConfig::priority}}};
constexpr std::string_view kKnownOptions = "Known are: weight=0..256, priority=0..15";

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

Problem unknown_option(std::string_view name) {
  std::array<std::string_view, kOptions.size()> names;
  for (std::size_t i = 0; i < names.size(); ++i) names[i] = kOptions[i].name;
  const std::string meant = did_you_mean(name, names);
  return Problem{"unknown option " + quoted(name) + " of a backend",
                 meant.empty() ? std::string(kKnownOptions) : meant};
}

/// Reads one "name=value" after the address into `backend`; `given` are the names before it.
std::optional<Problem> read_option(std::string_view text, BackendConfig& backend,
                                   std::vector<std::string_view>& given) {
  const std::size_t equals = text.find('=');
  const std::string_view name = text.substr(0, equals);
  const auto option = std::find_if(kOptions.begin(), kOptions.end(),
                                   [&](const Option& known) { return known.name == name; });
  if (option == kOptions.end()) return unknown_option(name);
  if (std::find(given.begin(), given.end(), name) != given.end())
    return Problem{std::string(name) + " is given twice", "Keep one of them"};
  given.push_back(name);
  const bool has_value = equals != std::string_view::npos;
  const auto value =
      parse_number(has_value ? text.substr(equals + 1) : std::string_view(), 0, option->most);
  if (value.has_error())
    return Problem{std::string(name) + " " + value.error().text, value.error().remedy};
  backend.*(option->member) = *value;
  return {};
}

}  // namespace

Parsed<BackendConfig> parse_backend(std::string_view text) {
  const std::vector<std::string_view> words = split_words(text);
  auto backend = parse_address(words.empty() ? text : words.front());
  if (backend.has_error()) return backend;
  std::vector<std::string_view> given;
  for (std::size_t i = 1; i < words.size(); ++i)
    if (auto problem = read_option(words[i], *backend, given)) return *std::move(problem);
  return backend;
}

std::string canonical_address(const BackendConfig& backend) {
  if (backend.endpoint) return backend.endpoint->to_string();
  return lower_case(backend.host) + ":" + std::to_string(backend.port);
}

}  // namespace weir::config
