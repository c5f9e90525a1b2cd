#pragma once

#include "balancer/pool_snapshot.h"
#include "balancer/resolver.h"
#include "balancer/slot_table.h"
#include "config/config.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <memory>
#include <vector>

namespace weir::balancer {

/// Who belongs to one pool: its configured addresses at once, those of a name when it resolves. A
/// name without an answer is asked again every kRetry and is no reason not to start. Makes the
/// snapshots. Owned by the server, on the control thread.
class Membership {
 public:
  static constexpr std::chrono::seconds kRetry{2};

  /// Told of every snapshot after the first. All its slots are in the table.
  using Changed = std::function<void(std::shared_ptr<const PoolSnapshot>)>;

  Membership(boost::asio::io_context& context, Resolver& resolver, SlotTable& slots,
             config::PoolConfig pool, Changed changed);

  /// The pool as it is known now.
  [[nodiscard]] std::shared_ptr<const PoolSnapshot> snapshot();
  /// Begins to ask for the names.
  void resolve_names();

 private:
  struct Backend {
    config::BackendConfig config;
    std::vector<base::Endpoint> addresses;
    std::unique_ptr<boost::asio::steady_timer> retry;  ///< of a name
    bool complained = false;                           ///< that it has no address
  };

  void resolve(Backend& backend);
  void answered(Backend& backend, std::vector<base::Endpoint> addresses, const std::string& error);

  Resolver& resolver_;
  SlotTable& slots_;
  config::PoolConfig pool_;
  Changed changed_;
  std::vector<Backend> backends_;
};

}  // namespace weir::balancer
