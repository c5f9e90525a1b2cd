#include "base/passed_sockets.h"

#include <fcntl.h>

#include <cerrno>
#include <charconv>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <system_error>

namespace weir::base {
namespace {

constexpr int kMostSockets = 4096;  // far above use: a wrong count must not close what it finds

std::optional<long> number(std::string_view text) {
  long value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || result.ec != std::errc{} || result.ptr != text.data() + text.size())
    return {};
  return value;
}

std::string value_of(const std::map<std::string, std::string>& environment, const char* name) {
  const auto found = environment.find(name);
  return found == environment.end() ? std::string{} : found->second;
}

/// Up to the next colon, which no name contains.
std::string take_name(std::string_view& names) {
  const std::size_t colon = names.find(':');
  const std::string name(names.substr(0, colon));
  names = colon == std::string_view::npos ? std::string_view{} : names.substr(colon + 1);
  return name;
}

}  // namespace

std::vector<PassedSocket> take_passed_sockets(const std::map<std::string, std::string>& environment,
                                              pid_t self, int first) {
  std::vector<PassedSocket> sockets;
  const std::string count_text = value_of(environment, "LISTEN_FDS");
  if (count_text.empty() || number(value_of(environment, "LISTEN_PID")) != self) return sockets;
  const auto count = number(count_text);
  if (!count || *count < 0 || *count > kMostSockets)
    throw std::runtime_error("LISTEN_FDS=" + count_text +
                             " is no number of sockets. unset it, or let systemd set it");
  const std::string names_text = value_of(environment, "LISTEN_FDNAMES");
  std::string_view names = names_text;
  for (int fd = first; fd < first + static_cast<int>(*count); ++fd) {
    if (::fcntl(fd, F_SETFD, FD_CLOEXEC) != 0)
      throw std::runtime_error(
          "LISTEN_FDS=" + count_text + ", but descriptor " + std::to_string(fd) + " is " +
          std::generic_category().message(errno) + ". unset it, or let systemd set it");
    sockets.push_back({take_name(names), Descriptor(fd)});
  }
  return sockets;
}

}  // namespace weir::base
