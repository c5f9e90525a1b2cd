#pragma once

#include "balancer/checker.h"
#include "balancer/checks.h"
#include "balancer/ejection.h"
#include "balancer/pool_snapshot.h"
#include "balancer/published.h"
#include "balancer/resolver.h"
#include "balancer/slot_table.h"
#include "base/clock.h"
#include "base/log_limiter.h"
#include "config/config.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace weir::balancer {

/// One pool as the control thread knows it: who belongs to it (its configured addresses at once,
/// those of a name when it resolves), how each of them stands, and so who gets new sessions. Makes
/// the snapshots. A name without an answer is asked again every kRetry and is no reason not to
/// start. Owned by the server, on the control thread.
class Pool {
 public:
  static constexpr std::chrono::seconds kRetry{2};
  /// A slow start grows in so many steps, but not more than one in kLeastStep.
  static constexpr int kSlowStartSteps = 20;
  static constexpr std::chrono::milliseconds kLeastStep{100};

  /// Told of every snapshot after the first. All its slots are in the table.
  using Changed = std::function<void(std::shared_ptr<const PoolSnapshot>)>;

  /// `published` and `checks` must outlive it.
  Pool(boost::asio::io_context& context, Resolver& resolver, SlotTable& slots,
       const Published& published, Checks& checks, config::PoolConfig config, Changed changed);

  /// The pool as it is known now.
  [[nodiscard]] std::shared_ptr<const PoolSnapshot> snapshot();
  /// Begins to ask for the names and to check.
  void start();
  /// A session has failed on that backend: ejects it when that was one too many.
  void session_failed(SlotNumber slot);

 private:
  /// A line of the configuration.
  struct Backend {
    config::BackendConfig config;
    std::vector<base::Endpoint> addresses;
    std::unique_ptr<boost::asio::steady_timer> retry;  ///< of a name
    bool complained = false;                           ///< that it has no address
  };
  /// One address, as long as it is in the pool.
  struct State {
    std::string name;
    Standing standing;
    Ejection ejection;
    std::uint64_t ejections = 0;
    std::optional<base::TimePoint> warm_since;  ///< while its slow start lasts
    base::Endpoint endpoint;
    std::unique_ptr<Checker> checker;
  };

  void start_checks();
  void checked(SlotNumber slot, const CheckVerdict& verdict, bool changed);
  void came_back(State& state, base::TimePoint now) const;
  void resolve(Backend& backend);
  void answered(Backend& backend, std::vector<base::Endpoint> addresses, const std::string& error);
  void add_members(PoolSnapshot& made);
  void plan(PoolSnapshot& made, base::TimePoint now);
  void publish(base::TimePoint now);
  void time_passed();
  void arm_timer(base::TimePoint now);
  [[nodiscard]] bool may_eject_one_more() const noexcept;

  Resolver& resolver_;
  SlotTable& slots_;
  const Published& published_;
  Checks& checks_;
  config::PoolConfig config_;
  Changed changed_;
  boost::asio::io_context& context_;
  boost::asio::steady_timer timer_;  ///< of the next change that time brings
  std::vector<Backend> backends_;
  std::map<SlotNumber, State> states_;
  bool is_started_ = false;
  bool panic_ = false;
  base::log::Limiter warnings_{std::chrono::seconds(5)};
};

}  // namespace weir::balancer
