#pragma once

#include "admin/access.h"
#include "admin/answer.h"
#include "admin/request.h"
#include "admin/uri.h"
#include "base/log_limiter.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace prometheus {
class Collectable;
}

namespace weir::admin {

/// A request that has found its route.
struct Call {
  const Request& request;
  std::vector<std::string> names;  ///< what stands for the {names} of the path, in its order
  Query query;
};

/// One thing that can be asked for. It answers now, or later by its reply.
struct Route {
  std::string method;  ///< GET answers HEAD too
  std::string path;    ///< "/api/v1/sessions/{id}": a {name} stands for one part
  Access access = Access::read;
  std::vector<std::string_view> parameters{};  ///< that its query may have
  std::function<Answer(const Call&)> now{};
  std::function<void(const Call&, Reply)> later{};
};

/// Where the answers come from. Called on the admin thread; one that throws costs its request only.
struct Sources {
  std::shared_ptr<prometheus::Collectable> metrics;
  std::function<bool()> ready;  ///< false: draining, send no new clients
  std::vector<Route> routes{};  ///< beside /metrics, /healthz and /readyz
  std::function<void()> each_second{};
  /// What is wrong with weir itself, in words; empty, or no source: nothing.
  std::function<std::string()> complaint{};
};

/// Decides what a request gets; knows nothing of sockets. Owned by the AdminServer, lives on its
/// thread.
class Router {
 public:
  Router(Sources sources, Rules rules);

  /// The answer; none when it comes by `reply`. A fault of a source is logged and answered with
  /// 500.
  [[nodiscard]] std::optional<Answer> answer(const Request& request, const Reply& reply);
  /// What a reply's maker makes, with its faults treated alike.
  [[nodiscard]] Answer make(const Request& request, const Reply::Maker& maker);
  /// What a request that comes with a body is refused with before it is read; nothing where it is
  /// wanted.
  [[nodiscard]] std::optional<Answer> refusal_of_body(std::string_view method,
                                                      std::string_view target) const;
  [[nodiscard]] const std::vector<Route>& routes() const noexcept { return routes_; }

 private:
  struct Found {
    const Route* route = nullptr;  ///< null: none of that method, or of that path
    std::vector<std::string> names{};
    std::string allowed{};  ///< the methods that the path knows
  };

  template <typename Work>
  std::optional<Answer> guarded(const Request& request, Work work);
  void log_fault(const Request& request, const char* fault);
  [[nodiscard]] Found find(std::string_view method, std::string_view target) const;
  [[nodiscard]] static std::optional<Answer> refusal_without_route(const Found& found,
                                                                   std::string_view target);
  [[nodiscard]] std::optional<Answer> dispatch(const Request& request, const Reply& reply);
  [[nodiscard]] Answer metrics() const;
  [[nodiscard]] Answer health() const;
  [[nodiscard]] Answer readiness() const;

  Sources sources_;
  Rules rules_;
  std::vector<Route> routes_;
  base::log::Limiter fault_lines_;
  base::log::Limiter refusal_lines_;
};

}  // namespace weir::admin
