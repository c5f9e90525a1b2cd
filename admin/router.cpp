#include "admin/router.h"

#include "admin/exposition.h"
#include "admin/host_rule.h"
#include "base/clock.h"
#include "base/log.h"

#include <prometheus/collectable.h>

#include <algorithm>
#include <exception>
#include <utility>

namespace weir::admin {

Answer refuse(unsigned status, std::string reason) {
  Answer answer;
  answer.status = status;
  answer.body = std::move(reason) + "\n";
  return answer;
}

Router::Router(Sources sources, Rules rules)
    : sources_(std::move(sources)), rules_(std::move(rules)) {}

const std::vector<Router::Route>& Router::routes() {
  static const std::vector<Route> kRoutes = {
      {"/", false, &Router::index},
      {"/metrics", true, &Router::metrics},
      {"/healthz", true, &Router::health},
      {"/readyz", true, &Router::readiness},
      {"/api/v1/status", false, &Router::status},
      {"/api/v1/pools", false, &Router::pools},
  };
  return kRoutes;
}

Answer Router::answer(const Request& request) {
  try {
    return dispatch(request);
  } catch (const std::exception& fault) {
    log_fault(request, fault.what());
  } catch (...) {
    log_fault(request, "unknown exception");
  }
  return refuse(500, "This failed. The log says why.");
}

void Router::log_fault(const Request& request, const char* fault) {
  if (!fault_lines_.allow(base::Clock::now())) return;
  base::log::error("admin: {} failed: {} ({} more)", request.target, fault,
                   fault_lines_.take_suppressed());
}

Answer Router::dispatch(const Request& request) const {
  const std::string_view target = request.target;
  const std::string_view path = target.substr(0, target.find('?'));
  const auto route = std::find_if(routes().begin(), routes().end(),
                                  [path](const Route& each) { return each.path == path; });
  if (route == routes().end()) return refuse(404, "Nothing is here. See / for what there is.");
  if (!request.is_read) {
    Answer refusal = refuse(405, "This can only be read.");
    refusal.allow = "GET, HEAD";
    return refusal;
  }
  Answer refusal;
  if (!route->open_to_all && is_refused(request, refusal)) return refusal;
  return (this->*route->handler)();
}

bool Router::is_refused(const Request& request, Answer& refusal) const {
  if (!rules_.bound_to_loopback && rules_.read != config::AdminRead::anyone) {
    refusal = refuse(403,
                     "The admin address can be reached from other machines, and admin_read "
                     "does not allow that. Set admin_read = anyone, or bind it to 127.0.0.1.");
    return true;
  }
  if (request.hosts.size() != 1) {
    refusal = refuse(400, "A request must name its Host, once.");
    return true;
  }
  if (!host_is_allowed(request.hosts.front(), rules_.hosts)) {
    refusal = refuse(421,
                     "This Host name is not one of ours. Use an address or localhost, or add "
                     "the name to admin_hosts.");
    return true;
  }
  return false;
}

Answer Router::index() const {
  Answer answer;
  answer.content_type = "text/html; charset=utf-8";
  answer.body = "<!doctype html>\n<title>weir</title>\n<h1>weir</h1>\n<ul>\n";
  for (const Route& route : routes()) {
    const std::string path(route.path);
    if (path != "/") answer.body += "<li><a href=\"" + path + "\">" + path + "</a>\n";
  }
  answer.body += "</ul>\n";
  return answer;
}

Answer Router::metrics() const {
  Answer answer;
  answer.content_type = "text/plain; version=0.0.4; charset=utf-8";
  auto exposition = std::make_shared<Exposition>(sources_.metrics->Collect());
  answer.pieces = [exposition = std::move(exposition)] { return exposition->next(); };
  return answer;
}

Answer Router::health() const {
  const std::string complaint = sources_.complaint ? sources_.complaint() : std::string();
  if (!complaint.empty()) return refuse(503, complaint.substr(0, complaint.size() - 1));
  Answer answer;
  answer.body = "ok\n";
  return answer;
}

Answer Router::readiness() const {
  if (!sources_.ready()) return refuse(503, "draining");
  Answer answer;
  answer.body = "ready\n";
  return answer;
}

Answer Router::json(const std::function<std::string()>& source) {
  Answer answer;
  answer.content_type = "application/json";
  answer.body = source();
  return answer;
}

}  // namespace weir::admin
