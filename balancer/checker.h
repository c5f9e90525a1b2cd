#pragma once

#include "balancer/check_gate.h"
#include "balancer/check_plan.h"
#include "balancer/check_run.h"
#include "balancer/check_state.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <random>

namespace weir::balancer {

/// Checks one backend again and again. The first check comes at once, within a tenth of the
/// interval, and the others an interval apart, give or take the jitter, so that the checks of a
/// large pool do not come in a volley. While the last result speaks against the state, the fast
/// interval holds. A backend is taken for what `initial` says until checks say otherwise. Owned by
/// its pool, on the control thread.
///
///   resting --interval--> waiting for room --CheckGate--> running --verdict--> resting
class Checker {
 public:
  /// Told of every verdict, and whether the state changed by it. May destroy the checker.
  using Told = std::function<void(const CheckVerdict& verdict, bool changed)>;

  Checker(boost::asio::io_context& context, CheckGate& gate, std::shared_ptr<const CheckPlan> plan,
          const base::Endpoint& endpoint, Told told);
  ~Checker();
  Checker(const Checker&) = delete;
  Checker& operator=(const Checker&) = delete;

  [[nodiscard]] bool healthy() const noexcept { return state_.healthy(); }
  /// After std::bad_alloc has left the thread's loop: goes on if that has stopped it. Throws it
  /// too.
  void recover();

 private:
  void rest(base::Duration duration);
  void wait_for_room();
  void leave();
  void run();
  void judged(const CheckVerdict& verdict);
  [[nodiscard]] const config::CheckConfig& config() const noexcept { return plan_->config; }
  [[nodiscard]] base::Duration jittered(base::Duration interval);

  boost::asio::io_context& context_;
  CheckGate& gate_;
  const std::shared_ptr<const CheckPlan> plan_;
  const base::Endpoint endpoint_;
  Told told_;
  CheckState state_;
  boost::asio::steady_timer timer_;
  std::minstd_rand random_{std::random_device()()};
  std::unique_ptr<CheckRun> run_;
  bool is_resting_ = false;
  bool is_waiting_ = false;         ///< for room
  bool is_inside_ = false;          ///< the gate
  std::shared_ptr<Checker*> self_;  ///< for the gate, which may let in somebody who has gone
};

}  // namespace weir::balancer
