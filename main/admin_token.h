#pragma once

#include <cstddef>
#include <string>

namespace weir {

/// Of a token: long enough that nobody guesses it, and short enough for a field of a request.
inline constexpr std::size_t kShortestToken = 16;
inline constexpr std::size_t kLongestToken = 512;

/// The token in that file, without the line's end. Empty, with `failure` and its remedy, when it
/// cannot be read or would be no token: of visible ASCII letters, of those lengths.
std::string read_admin_token(const std::string& path, std::string& failure);

}  // namespace weir
