#pragma once

#include "balancer/check_plan.h"
#include "base/clock.h"
#include "base/endpoint.h"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace weir::balancer {

/// What came of one check, and in words for the log.
struct CheckVerdict {
  /// unknown: this machine was short of something, which says nothing of the backend.
  enum class Result : std::uint8_t { passed, failed, unknown };
  Result result = Result::failed;
  std::string what;
  base::Duration took{0};
};

/// One check of one backend: connects, has the conversation of its kind, and closes with a reset,
/// so that a thousand checks a second leave no thousand sockets behind that wait for their time.
/// On the control thread.
class CheckRun {
 public:
  /// Called once, unless the run is destroyed before.
  using Done = std::function<void(CheckVerdict)>;

  /// Throws std::bad_alloc or boost::system::system_error.
  CheckRun(boost::asio::io_context& context, std::shared_ptr<const CheckPlan> plan,
           const base::Endpoint& endpoint, Done done);
  /// Ends what is under way.
  ~CheckRun();
  CheckRun(const CheckRun&) = delete;
  CheckRun& operator=(const CheckRun&) = delete;

 private:
  class Session;
  std::shared_ptr<Session> session_;
};

}  // namespace weir::balancer
