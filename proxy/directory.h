#pragma once

#include "balancer/pool_snapshot.h"
#include "base/endpoint.h"
#include "proxy/session_state.h"

#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace weir::proxy {

/// What the server consists of, for those who look from outside: names by number. The control
/// thread writes, the admin thread reads; nothing on the data path comes here.
class Directory {
 public:
  struct Listener {
    std::string name;
    base::Endpoint bound;
    std::string pool;
    std::uint64_t max_connections = 0;  ///< 0: only the process's limit
  };
  using Pools = std::vector<std::shared_ptr<const balancer::PoolSnapshot>>;

  void set_listeners(std::vector<Listener> listeners) {
    const std::lock_guard lock(mutex_);
    listeners_ = std::move(listeners);
  }
  void set_pool(PoolNumber number, std::shared_ptr<const balancer::PoolSnapshot> pool) {
    const std::lock_guard lock(mutex_);
    if (pools_.size() <= number) pools_.resize(number + 1u);
    pools_[number] = std::move(pool);
  }
  [[nodiscard]] std::vector<Listener> listeners() const {
    const std::lock_guard lock(mutex_);
    return listeners_;
  }
  [[nodiscard]] Pools pools() const {
    const std::lock_guard lock(mutex_);
    return pools_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<Listener> listeners_;
  Pools pools_;
};

}  // namespace weir::proxy
