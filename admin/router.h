#pragma once

#include "base/log_limiter.h"
#include "config/config.h"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace prometheus {
class Collectable;
}

namespace weir::admin {

/// Where the answers come from. Called on the admin thread; one that throws costs its request only.
struct Sources {
  std::shared_ptr<prometheus::Collectable> metrics;
  std::function<bool()> ready;  ///< false: draining, send no new clients
  std::function<std::string()> status_json;
  std::function<std::string()> pools_json;
  /// What is wrong with weir itself, in words; empty, or no source: nothing.
  std::function<std::string()> complaint = nullptr;
};

/// Who may read the page and the API (design, "Admin access").
struct Rules {
  config::AdminRead read = config::AdminRead::loopback;
  std::vector<std::string> hosts;  ///< admin_hosts
  bool bound_to_loopback = true;
};

struct Request {
  bool is_read = false;            ///< GET or HEAD
  std::string target;              ///< as sent: a path, perhaps with a query
  std::vector<std::string> hosts;  ///< every Host field
};

struct Answer {
  unsigned status = 200;
  std::string body;
  std::string content_type = "text/plain; charset=utf-8";
  std::string allow;  ///< for 405
  /// Of an answer too long to stand in memory: the next piece of its body, empty after the last.
  /// Called on the admin thread while it is sent; others are served in between.
  std::function<std::string()> pieces;
};

/// Decides what a request gets; knows nothing of sockets. Owned by the AdminServer, lives on its
/// thread.
class Router {
 public:
  Router(Sources sources, Rules rules);

  /// A fault of a source is logged and answered with 500.
  [[nodiscard]] Answer answer(const Request& request);

 private:
  struct Route {
    std::string_view path;
    bool open_to_all;  ///< for machines that carry no Host and no token: scrapers, balancers
    Answer (Router::*handler)() const;
  };
  static const std::vector<Route>& routes();

  void log_fault(const Request& request, const char* fault);
  [[nodiscard]] Answer dispatch(const Request& request) const;
  [[nodiscard]] bool is_refused(const Request& request, Answer& refusal) const;
  [[nodiscard]] Answer index() const;
  [[nodiscard]] Answer metrics() const;
  [[nodiscard]] Answer health() const;
  [[nodiscard]] Answer readiness() const;
  [[nodiscard]] Answer status() const { return json(sources_.status_json); }
  [[nodiscard]] Answer pools() const { return json(sources_.pools_json); }
  [[nodiscard]] static Answer json(const std::function<std::string()>& source);

  Sources sources_;
  Rules rules_;
  base::log::Limiter fault_lines_;
};

/// A refusal in words.
[[nodiscard]] Answer refuse(unsigned status, std::string reason);

}  // namespace weir::admin
