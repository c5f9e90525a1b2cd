#pragma once

#include "balancer/check_plan.h"
#include "balancer/checker.h"
#include "balancer/checks.h"
#include "balancer/ejection.h"
#include "balancer/journal.h"
#include "balancer/name_probe.h"
#include "balancer/pool_snapshot.h"
#include "balancer/published.h"
#include "balancer/resolver.h"
#include "balancer/slot_table.h"
#include "balancer/state_history.h"
#include "balancer/will.h"
#include "base/clock.h"
#include "base/log_limiter.h"
#include "config/config.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::balancer {

/// One pool as the control thread knows it: who belongs to it (its configured addresses at once,
/// those of a name when it resolves), how each of them stands, and so who gets new sessions. Makes
/// the snapshots. A name is asked for again before its records are too old; without an answer it is
/// no reason not to start, and the last good one holds. An address that its name has lost drains.
/// Owned by the server, on the control thread.
class Pool {
 public:
  /// A name that gave no answer is asked for again after this, or sooner.
  static constexpr std::chrono::milliseconds kRetry{2000};
  /// One that never answers (it was lost for want of memory) is asked for again after this.
  static constexpr std::chrono::minutes kLost{1};
  /// A slow start grows in so many steps, but not more than one in kLeastStep.
  static constexpr int kSlowStartSteps = 20;
  static constexpr std::chrono::milliseconds kLeastStep{100};

  /// Why all sessions of a backend are to end.
  enum class Ending : std::uint8_t { unhealthy, left, asked };

  /// Whom it tells.
  struct Hooks {
    /// Of every snapshot after the first. All its slots are in the table.
    std::function<void(std::shared_ptr<const PoolSnapshot>)> changed;
    std::function<void(SlotNumber, Ending)> end_sessions;
  };

  /// `published`, `checks` and `journal` must outlive it.
  Pool(boost::asio::io_context& context, Resolver& resolver, SlotTable& slots,
       const Published& published, Checks& checks, Journal& journal, config::PoolConfig config,
       Hooks hooks);

  /// The pool as it is known now; whoever is new in it is taken in.
  [[nodiscard]] std::shared_ptr<const PoolSnapshot> make_snapshot();
  /// Begins to ask for the names and to check.
  void start();
  /// After std::bad_alloc has left the thread's loop: tells anew how things stand, and takes up
  /// what could not be armed. Throws it too.
  void recover();
  [[nodiscard]] const std::string& name() const noexcept { return config_.name; }
  /// Of its names, in the order of the configuration. Any thread: their number does not change.
  [[nodiscard]] const std::deque<NameProbe>& names() const noexcept { return names_; }

  /// A session has failed on that backend: ejects it when that was one too many.
  void session_failed(SlotNumber slot);

  // What an operator asks for, of the backend of that name. False when there is none.
  /// `ends_sessions`: those that it has are reset, {weir, admin}.
  bool set_state(std::string_view backend, Will::State state, bool ends_sessions);
  /// Empty: the configured weight again.
  bool set_weight(std::string_view backend, std::optional<unsigned> weight);
  bool end_sessions(std::string_view backend);

 private:
  /// A line of the configuration.
  struct Backend {
    config::BackendConfig config;
    std::vector<NamedAddress> addresses;
    std::unique_ptr<boost::asio::steady_timer> again;  ///< of a name: when it is asked for again
    NameProbe* probe = nullptr;                        ///< of a name
    bool answered = false;                             ///< once
    bool complained = false;                           ///< that there is no answer
  };
  /// One address, as long as it is in the pool.
  struct State {
    State(std::string its_name, const base::Endpoint& its_endpoint, Ejection::Rules rules)
        : name(std::move(its_name)), endpoint(its_endpoint), ejection(rules) {}

    std::string name;
    base::Endpoint endpoint;
    Standing standing;
    Ejection ejection;
    StateHistory history;
    std::string_view told = StateHistory::kAbsent;  ///< the state that the journal knows
    std::string cause;                              ///< of the last change of state
    std::uint64_t ejections = 0;
    unsigned weight = 0;
    unsigned configured_weight = 0;
    std::uint32_t max_connections = 0;           ///< as configured
    std::optional<base::TimePoint> warm_since;   ///< while its slow start lasts
    std::optional<base::TimePoint> leave_until;  ///< once its name has lost it
    std::unique_ptr<Checker> checker;
  };

  void start_checks();
  void checked(SlotNumber slot, const CheckVerdict& verdict, bool changed);
  void came_back(State& state, base::TimePoint now) const;
  void resolve(Backend& backend);
  void answered(Backend& backend, Resolver::Answer answer);
  void ask_again(Backend& backend, base::Duration after);
  void take_addresses(Backend& backend, std::vector<NamedAddress> addresses);
  void part_with_the_lost(base::TimePoint now);
  Member& add_member_of(PoolSnapshot& made, SlotNumber slot, State& state);
  void add_member(PoolSnapshot& made, const Backend& backend, const NamedAddress& address);
  void add_members(PoolSnapshot& made);
  void plan(PoolSnapshot& made, base::TimePoint now);
  void publish(base::TimePoint now);
  void write_down_changes();
  void tell_whether_it_serves(const PoolSnapshot& made);
  [[nodiscard]] std::map<SlotNumber, State>::iterator find(std::string_view backend);
  void account_downtime(base::TimePoint now) noexcept;
  void time_passed();
  void arm_timer(base::TimePoint now);
  [[nodiscard]] bool may_eject_one_more() const noexcept;

  Resolver& resolver_;
  SlotTable& slots_;
  const Published& published_;
  Checks& checks_;
  Journal& journal_;
  config::PoolConfig config_;
  std::shared_ptr<const CheckPlan> check_plan_;  ///< null where there are no checks
  Hooks hooks_;
  boost::asio::io_context& context_;
  boost::asio::steady_timer timer_;  ///< of the next change that time brings
  std::vector<Backend> backends_;
  std::deque<NameProbe> names_;  ///< a deque: probes are pointed at
  std::map<SlotNumber, State> states_;
  Wills wills_;
  bool is_started_ = false;
  bool panic_ = false;
  std::optional<bool> has_eligible_;
  base::log::Limiter warnings_{std::chrono::seconds(5)};
};

}  // namespace weir::balancer
