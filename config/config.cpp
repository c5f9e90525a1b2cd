#include "config/config.h"

#include <algorithm>

namespace weir::config {

const PoolConfig* Config::find_pool(const std::string& name) const noexcept {
  const auto found = std::find_if(pools.begin(), pools.end(),
                                  [&](const PoolConfig& pool) { return pool.name == name; });
  return found == pools.end() ? nullptr : &*found;
}

}  // namespace weir::config
