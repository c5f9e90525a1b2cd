#include "config/address.h"

#include "config/fault.h"
#include "config/number.h"
#include "config/words.h"

#include <sys/un.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <string>
#include <system_error>
#include <vector>

namespace weir::config {
namespace {

constexpr std::string_view kUnixPrefix = "unix:";
constexpr std::uint32_t kLargestPort = 65535;
constexpr mode_t kLargestMode = 0777;

bool needs_escaping(char c) {
  return static_cast<unsigned char>(c) <= ' ' || c == '"' || c == '\'' || c == '\\' || c == 0x7f;
}

Parsed<mode_t> parse_mode(std::string_view text) {
  unsigned mode = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, mode, 8);
  const bool usual_length = text.size() == 3 || text.size() == 4;
  if (!usual_length || stop != end || error != std::errc{} || mode > kLargestMode) {
    return Problem{quoted(text) + " is not a file mode", "Write it in octal, as in mode=0660"};
  }
  return static_cast<mode_t>(mode);
}

Parsed<mode_t> parse_bind_option(std::string_view option, const base::Endpoint& endpoint) {
  constexpr std::string_view kMode = "mode=";
  if (!option.starts_with(kMode)) {
    return Problem{"unknown word " + quoted(option) + " after the address",
                   "Only mode=0660 may follow, and only a unix socket"};
  }
  if (!endpoint.is_unix()) {
    return Problem{"mode= is only for unix sockets", "Leave it out, or listen on unix:/path"};
  }
  return parse_mode(option.substr(kMode.size()));
}

}  // namespace

Parsed<HostPort> split_host_port(std::string_view text, std::uint16_t least_port) {
  const std::size_t colon = text.rfind(':');
  // In "[::1]" the last colon belongs to the address.
  if (colon == std::string_view::npos || text.ends_with(']')) {
    return Problem{quoted(text) + " has no port", "Write it after a colon, as in 127.0.0.1:8080"};
  }
  const std::string_view host = text.substr(0, colon);
  if (host.empty()) {
    return Problem{quoted(text) + " has no host",
                   "Write it before the colon, as in 127.0.0.1:8080"};
  }
  if (host.find(':') != std::string_view::npos && !host.starts_with('[')) {
    return Problem{quoted(text) + " has more than one colon",
                   "Write IPv6 addresses in brackets, as in [::1]:8080, and no scheme"};
  }
  const auto port = parse_number(text.substr(colon + 1), least_port, kLargestPort);
  if (port.has_error()) return Problem{"port " + port.error().text, port.error().remedy};
  return HostPort{host, static_cast<std::uint16_t>(*port)};
}

Parsed<base::Endpoint> parse_unix_address(std::string_view text) {
  if (!text.starts_with(std::string(kUnixPrefix) + "/")) {
    return Problem{quoted(text) + " is not an absolute path", "Write unix:/path"};
  }
  if (std::any_of(text.begin(), text.end(), needs_escaping)) {
    return Problem{quoted(text) + " holds a blank, a quote, a backslash or a control character",
                   "Choose a plainer path: it stands in logs, metrics and answers"};
  }
  const auto endpoint = base::Endpoint::parse(text);
  if (!endpoint) {
    const std::size_t longest = sizeof(sockaddr_un::sun_path) - 1;
    return Problem{quoted(text) + " is too long for a unix socket",
                   "The kernel takes at most " + std::to_string(longest) + " bytes of path"};
  }
  return *endpoint;
}

Parsed<base::Endpoint> parse_listening_address(std::string_view text) {
  if (text.starts_with(kUnixPrefix)) return parse_unix_address(text);
  if (text.rfind(':') == 0) {
    return Problem{quoted(text) + " has no address",
                   "Write *" + std::string(text.substr(0, 16)) + " to listen on every address"};
  }
  const auto parts = split_host_port(text, 0);
  if (parts.has_error()) return parts.error();
  std::string host(parts->host);
  if (host == "*") host = "[::]";
  if (host == "localhost") host = "127.0.0.1";
  const auto endpoint = base::Endpoint::parse(host + ":" + std::to_string(parts->port));
  if (!endpoint) {
    return Problem{quoted(parts->host) + " is not an IP address",
                   "Give an address of this machine, localhost, * or unix:/path; names are not "
                   "looked up here"};
  }
  return *endpoint;
}

Parsed<BindAddress> parse_bind_address(std::string_view text) {
  const std::vector<std::string_view> words = split_words(text);
  const auto endpoint = parse_listening_address(words.empty() ? text : words.front());
  if (endpoint.has_error()) return endpoint.error();
  BindAddress address{*endpoint, std::nullopt};
  for (std::size_t i = 1; i < words.size(); ++i) {
    const auto mode = parse_bind_option(words[i], *endpoint);
    if (mode.has_error()) return mode.error();
    if (address.unix_mode) return Problem{"mode= is given twice", "Keep one"};
    address.unix_mode = *mode;
  }
  return address;
}

Parsed<std::vector<base::Endpoint>> parse_nameservers(std::string_view text) {
  std::vector<base::Endpoint> servers;
  for (const std::string_view word : split_words(text)) {
    auto server = base::Endpoint::parse(word);
    if (!server) server = base::Endpoint::parse(std::string(word) + ":53");
    if (!server || server->is_unix() || server->port() == 0)
      return Problem{quoted(word) + " is not an IP address of a name server",
                     "Write 10.0.0.53, 10.0.0.53:5353 or [fd00::1]:53"};
    servers.push_back(*server);
  }
  return servers;
}

}  // namespace weir::config
