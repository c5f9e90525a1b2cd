#include "admin/api.h"

#include "admin/pools_json.h"
#include "admin/recorded_events.h"
#include "admin/sessions_json.h"
#include "admin/status.h"
#include "proxy/reactor_tour.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

namespace weir::admin {
namespace {

namespace json = boost::json;

constexpr std::uint64_t kFewSessions = 100;

Answer answer_of(const json::object& object) { return json_answer(json::serialize(object)); }

/// "idle" is ascending, "-idle" descending; the oldest come first where nothing is said.
std::pair<proxy::SessionOrder, bool> order_of(std::string_view text) {
  if (text.empty()) return {proxy::SessionOrder::age, true};
  const bool is_descending = text.starts_with('-');
  if (is_descending) text.remove_prefix(1);
  const auto& names = proxy::kSessionOrderNames;
  const auto found = std::find(names.begin(), names.end(), text);
  if (found == names.end())
    throw BadRequest(
        fmt::format("Sessions are not sorted by '{}', but by {}; - before it is "
                    "descending.",
                    text, fmt::join(names, ", ")));
  return {static_cast<proxy::SessionOrder>(found - names.begin()), is_descending};
}

/// A search that is counted from begin to end, also when it never comes to one.
class CountedSearch final : public proxy::SessionSearch {
 public:
  CountedSearch(std::shared_ptr<std::atomic<int>> count, proxy::SessionSearch search)
      : SessionSearch(std::move(search)), count_(std::move(count)) {
    count_->fetch_add(1);
  }
  ~CountedSearch() { count_->fetch_sub(1); }
  CountedSearch(const CountedSearch&) = delete;
  CountedSearch& operator=(const CountedSearch&) = delete;

 private:
  const std::shared_ptr<std::atomic<int>> count_;
};

}  // namespace

std::vector<Route> Api::routes(const std::shared_ptr<Api>& api) {
  std::vector<Route> routes;
  add_reads(api, routes);
  add_changes(api, routes);
  return routes;
}

void Api::add_reads(const std::shared_ptr<Api>& api, std::vector<Route>& routes) {
  const auto add = [&](const char* path, std::vector<std::string_view> parameters,
                       std::function<Answer(const Call&)> now) {
    routes.push_back({"GET", path, Access::read, std::move(parameters), std::move(now), {}});
  };
  add("/api/v1/status", {}, [api](const Call&) { return api->status(); });
  add("/api/v1/process", {}, [api](const Call&) {
    return answer_of(process_json(api->server_, api->draining_(), api->has_token_));
  });
  add("/api/v1/pools", {"filter", "offset", "limit"},
      [api](const Call& call) { return api->pools(call); });
  add("/api/v1/listeners", {}, [api](const Call&) {
    return answer_of({{"listeners", listeners_json(api->server_)}});
  });
  add("/api/v1/reactors", {},
      [api](const Call&) { return answer_of(reactors_json(api->server_)); });
  add("/api/v1/reactors/{reactor}/events", {"limit"},
      [api](const Call& call) { return api->recorded(call); });
  add("/api/v1/events", {"after", "limit"}, [api](const Call& call) { return api->events(call); });
  add("/api/v1/history", {"after"}, [api](const Call& call) { return api->history(call); });
  routes.push_back({"GET",
                    "/api/v1/sessions",
                    Access::read,
                    {"filter", "sort", "offset", "limit", "tcp"},
                    {},
                    [api](const Call& call, const Reply& reply) { api->sessions(call, reply); }});
}

Answer Api::status() const {
  json::object status = process_json(server_, draining_(), has_token_);
  status["reactors"] = reactors_json(server_)["reactors"];
  status["listeners"] = listeners_json(server_);
  status["pools"] = pools_json(server_, recent_)["pools"];
  return answer_of(status);
}

Answer Api::pools(const Call& call) const {
  BackendChoice choice;
  choice.filter = TextFilter::of(call.query.text("filter"), kBackendFields);
  choice.offset = call.query.number("offset", 0, kMostBackends);
  choice.limit = call.query.number("limit", kMostBackends, kMostBackends);
  return answer_of(pools_json(server_, recent_, choice));
}

Answer Api::recorded(const Call& call) const {
  const std::uint64_t most =
      call.query.number("limit", proxy::Recorder::kEvents, proxy::Recorder::kEvents);
  for (const auto& reactor : server_.reactors())
    if (std::to_string(reactor->number()) == call.names[0])
      return json_answer(recorded_events_json(*reactor, most));
  return refuse(404, "There is no reactor '" + call.names[0] + "'.");
}

Answer Api::events(const Call& call) const {
  const std::uint64_t after = call.query.number("after", 0, UINT64_MAX);
  const std::uint64_t limit = call.query.number("limit", kMostEvents, kMostEvents);
  return answer_of(events_json(server_, after, limit));
}

Answer Api::history(const Call& call) const {
  return answer_of(history_json(recent_, call.query.number("after", 0, UINT64_MAX)));
}

void Api::sessions(const Call& call, const Reply& reply) const {
  const TextFilter filter = TextFilter::of(call.query.text("filter"), kSessionFields);
  const auto [order, is_descending] = order_of(call.query.text("sort"));
  const std::size_t offset = call.query.number("offset", 0, kFarthestSession);
  const std::size_t limit = call.query.number("limit", kFewSessions, kMostSessions);
  const bool with_tcp = call.query.number("tcp", 0, 1) == 1;
  if (searches_->load() >= kMostSearches)
    return reply([] { return refuse(503, "Too many look for sessions. Ask again in a second."); });
  const auto search = std::make_shared<CountedSearch>(
      searches_, proxy::SessionSearch(search_terms(filter, server_.directory()), order,
                                      is_descending, offset + limit));
  const auto tell = [this, reply, search, offset, limit] {
    reply([this, search, offset, limit] {
      return answer_of({{"total", search->seen()},
                        {"matched", search->matched()},
                        {"offset", offset},
                        {"limit", limit},
                        {"sessions", sessions_json(*search, server_.directory())}});
    });
  };
  const auto choose = [this, search, offset, with_tcp, tell] {
    search->finish(offset);
    if (!with_tcp) return tell();
    proxy::visit_reactors(
        server_,
        [search](auto& commands, auto done) { commands.add_tcp_facts(search, std::move(done)); },
        tell);
  };
  proxy::visit_reactors(
      server_, [search](auto& commands, auto done) { commands.list(search, std::move(done)); },
      [reply, choose] { reply.post(choose); });
}

}  // namespace weir::admin
