#include "main/admin_token.h"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <system_error>

namespace weir {

std::string read_admin_token(const std::string& path, std::string& failure) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    failure =
        path + ": " + std::generic_category().message(errno) + ". Name a file that weir can read";
    return {};
  }
  std::string token(kLongestToken + 2, '\0');  // of what is longer, enough to see that
  file.read(token.data(), static_cast<std::streamsize>(token.size()));
  token.resize(static_cast<std::size_t>(file.gcount()));
  while (token.ends_with('\n') || token.ends_with('\r')) token.pop_back();
  const bool is_visible =
      std::all_of(token.begin(), token.end(), [](char c) { return c > ' ' && c < 127; });
  if (token.size() >= kShortestToken && token.size() <= kLongestToken && is_visible) return token;
  failure = path + ": not a token. Write one line of " + std::to_string(kShortestToken) + " to " +
            std::to_string(kLongestToken) +
            " letters, digits and signs, such as openssl rand -hex 32 makes";
  return {};
}

}  // namespace weir
