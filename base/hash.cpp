#include "base/hash.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace weir::base {

std::uint64_t hash(std::string_view bytes, std::uint64_t seed) noexcept {
  return XXH64(bytes.data(), bytes.size(), seed);
}

std::uint64_t hash(std::uint64_t value, std::uint64_t seed) noexcept {
  return XXH64(&value, sizeof value, seed);
}

}  // namespace weir::base
