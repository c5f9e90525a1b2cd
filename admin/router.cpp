#include "admin/router.h"

#include "admin/exposition.h"
#include "base/clock.h"
#include "base/log.h"

#include <prometheus/collectable.h>

#include <algorithm>
#include <cstddef>
#include <exception>
#include <utility>

namespace weir::admin {
namespace {

constexpr unsigned kUnauthorized = 401;

std::string_view path_of(std::string_view target) { return target.substr(0, target.find('?')); }

std::string_view query_of(std::string_view target) {
  const std::size_t mark = target.find('?');
  return mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1);
}

/// The names that the parts of a path stand for; none when it is another path.
std::optional<std::vector<std::string>> match(std::string_view pattern,
                                              const std::vector<std::string>& parts) {
  const std::vector<std::string> wanted = path_parts(pattern);
  if (wanted.size() != parts.size()) return {};
  std::vector<std::string> names;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (wanted[i].starts_with('{'))
      names.push_back(parts[i]);
    else if (wanted[i] != parts[i])
      return {};
  }
  return names;
}

Answer in_words(std::string text) {
  Answer answer;
  answer.body = std::move(text) + "\n";
  return answer;
}

}  // namespace

Answer refuse(unsigned status, std::string reason) {
  Answer answer = in_words(std::move(reason));
  answer.status = status;
  return answer;
}

Answer json_answer(std::string body, unsigned status) {
  Answer answer;
  answer.status = status;
  answer.content_type = "application/json";
  answer.body = std::move(body) + "\n";
  return answer;
}

Router::Router(Sources sources, Rules rules)
    : sources_(std::move(sources)), rules_(std::move(rules)) {
  const auto add_probe = [this](const char* path, std::function<Answer(const Call&)> now) {
    routes_.push_back({"GET", path, Access::probe, {"verbose"}, std::move(now), {}});
  };
  add_probe("/metrics", [this](const Call&) { return metrics(); });
  add_probe("/healthz", [this](const Call&) { return health(); });
  add_probe("/readyz", [this](const Call&) { return readiness(); });
  std::move(sources_.routes.begin(), sources_.routes.end(), std::back_inserter(routes_));
}

template <typename Work>
std::optional<Answer> Router::guarded(const Request& request, Work work) {
  try {
    return work();
  } catch (const BadRequest& fault) {
    return refuse(400, fault.what());
  } catch (const std::exception& fault) {
    log_fault(request, fault.what());
  } catch (...) {
    log_fault(request, "unknown exception");
  }
  return refuse(500, "This failed. The log says why.");
}

std::optional<Answer> Router::answer(const Request& request, const Reply& reply) {
  return guarded(request, [&] { return dispatch(request, reply); });
}

Answer Router::make(const Request& request, const Reply::Maker& maker) {
  return *guarded(request, [&] { return std::optional<Answer>(maker()); });
}

void Router::log_fault(const Request& request, const char* fault) {
  if (!fault_lines_.allow(base::Clock::now())) return;
  base::log::error("admin: {} failed: {} ({} more)", request.target, fault,
                   fault_lines_.take_suppressed());
}

Router::Found Router::find(std::string_view method, std::string_view target) const {
  const std::vector<std::string> parts = path_parts(path_of(target));
  const std::string_view wanted = method == "HEAD" ? "GET" : method;
  Found found;
  for (const Route& route : routes_) {
    auto names = match(route.path, parts);
    if (!names) continue;
    if (route.method == wanted) {
      found.route = &route;
      found.names = *std::move(names);
    }
    found.allowed += (found.allowed.empty() ? "" : ", ") + route.method;
    if (route.method == "GET") found.allowed += ", HEAD";
  }
  return found;
}

std::optional<Answer> Router::refusal_without_route(const Found& found, std::string_view target) {
  if (found.route != nullptr) return {};
  if (found.allowed.empty())
    return refuse(404, target.starts_with("/api/")
                           ? "Nothing is here. See /api/v1/openapi.json for what there is; a / "
                             "within a name is written %2F."
                           : "Nothing is here. See / for what there is.");
  Answer refusal =
      refuse(405, "This method does not work here; the field Allow has those that do.");
  refusal.allow = found.allowed;
  return refusal;
}

std::optional<Answer> Router::refusal_of_body(std::string_view method,
                                              std::string_view target) const {
  try {
    const Found found = find(method, target);
    if (auto refusal = refusal_without_route(found, target)) return refusal;
    if (found.route->access == Access::change) return {};
    return refuse(413, "A request must not have a body here.");
  } catch (const BadRequest& fault) {
    return refuse(400, fault.what());
  }
}

std::optional<Answer> Router::dispatch(const Request& request, const Reply& reply) {
  Found found = find(request.method, request.target);
  if (auto refusal = refusal_without_route(found, request.target)) return refusal;
  const Route& route = *found.route;
  if (auto refusal = refusal_of(request, route.access, rules_)) {
    if (refusal->status == kUnauthorized && !request.authorizations.empty() &&
        refusal_lines_.allow(base::Clock::now()))
      base::log::warning("admin: {} {} refused: the wrong token ({} more)", request.method,
                         request.target, refusal_lines_.take_suppressed());
    return refusal;
  }
  const Call call{request, std::move(found.names),
                  Query(query_of(request.target), route.parameters)};
  if (route.now) return route.now(call);
  route.later(call, reply);
  return {};
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
  return in_words("ok");
}

Answer Router::readiness() const {
  return sources_.ready() ? in_words("ready") : refuse(503, "draining");
}

}  // namespace weir::admin
