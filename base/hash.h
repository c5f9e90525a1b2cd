#pragma once

#include <cstdint>
#include <string_view>

namespace weir::base {

/// XXH64: fast, well mixed, the same on every machine and in every version, so that whatever is
/// placed by it stays where it is. Not for secrets, and not against an attacker who chooses inputs.
std::uint64_t hash(std::string_view bytes, std::uint64_t seed = 0) noexcept;
std::uint64_t hash(std::uint64_t value, std::uint64_t seed) noexcept;

}  // namespace weir::base
