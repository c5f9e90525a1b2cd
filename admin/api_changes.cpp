// What the API changes; admin/api.cpp has what it tells.
#include "admin/api.h"
#include "admin/pools_json.h"
#include "base/log.h"
#include "proxy/session_row.h"

#include <boost/json.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace weir::admin {
namespace {

namespace json = boost::json;
using Asked = proxy::Server::Asked;

/// The object in a request's body; its fields are among those known.
json::object body_of(const Call& call, const std::vector<std::string_view>& known) {
  const std::string_view type = call.request.content_type;
  if (type.substr(0, type.find(';')) != "application/json")
    throw BadRequest("The body must be JSON: Content-Type: application/json.");
  json::error_code error;
  json::value body = json::parse(call.request.body, error);
  if (error || !body.is_object()) throw BadRequest("The body must be a JSON object.");
  for (const auto& field : body.as_object())
    if (std::find(known.begin(), known.end(), std::string_view(field.key())) == known.end())
      throw BadRequest("There is no field '" + std::string(field.key()) + "' here.");
  return std::move(body.as_object());
}

balancer::Will::State state_in(const json::object& body) {
  const auto* const field = body.if_contains("state");
  const auto* const text = field == nullptr ? nullptr : field->if_string();
  const auto& names = balancer::kWillNames;
  const auto found = text == nullptr
                         ? names.end()
                         : std::find(names.begin(), names.end(), std::string_view(*text));
  if (found == names.end()) throw BadRequest("'state' must be ready, drain or maintenance.");
  return static_cast<balancer::Will::State>(found - names.begin());
}

bool end_sessions_in(const json::object& body) {
  const auto* const field = body.if_contains("end_sessions");
  if (field == nullptr) return false;
  if (!field->is_bool()) throw BadRequest("'end_sessions' must be true or false.");
  return field->as_bool();
}

std::optional<unsigned> weight_in(const json::object& body) {
  const auto* const field = body.if_contains("weight");
  if (field != nullptr && field->is_null()) return {};
  if (field == nullptr || !field->is_int64() || field->as_int64() < 0 ||
      field->as_int64() > config::kLargestWeight)
    throw BadRequest("'weight' must be a whole number from 0 to " +
                     std::to_string(config::kLargestWeight) + ", or null for the configured one.");
  return static_cast<unsigned>(field->as_int64());
}

}  // namespace

void Api::add_changes(const std::shared_ptr<Api>& api, std::vector<Route>& routes) {
  using Change = void (Api::*)(const Call&, const Reply&);
  const auto add = [&](const char* method, const char* path, Change change) {
    routes.push_back(
        {method, path, Access::change, {}, {}, [api, change](const Call& call, const Reply& reply) {
           (*api.*change)(call, reply);
         }});
  };
  add("PUT", "/api/v1/pools/{pool}/backends/{backend}/state", &Api::set_state);
  add("PUT", "/api/v1/pools/{pool}/backends/{backend}/weight", &Api::set_weight);
  add("DELETE", "/api/v1/pools/{pool}/backends/{backend}/sessions", &Api::end_sessions_of);
  add("DELETE", "/api/v1/sessions/{id}", &Api::end_session);
}

void Api::set_state(const Call& call, const Reply& reply) {
  const json::object body = body_of(call, {"state", "end_sessions"});
  const auto state = state_in(body);
  const bool ends_sessions = end_sessions_in(body);
  if (ends_sessions && state == balancer::Will::State::ready)
    throw BadRequest("A backend that is ready keeps its sessions.");
  change_backend(call, reply,
                 [this, pool = call.names[0], backend = call.names[1], state, ends_sessions] {
                   return server_.set_state(pool, backend, state, ends_sessions);
                 });
}

void Api::set_weight(const Call& call, const Reply& reply) {
  const auto weight = weight_in(body_of(call, {"weight"}));
  change_backend(call, reply, [this, pool = call.names[0], backend = call.names[1], weight] {
    return server_.set_weight(pool, backend, weight);
  });
}

void Api::end_sessions_of(const Call& call, const Reply& reply) {
  change_backend(call, reply, [this, pool = call.names[0], backend = call.names[1]] {
    return server_.end_sessions_of(pool, backend);
  });
}

/// On the control thread; answered with the backend as it is after it.
void Api::change_backend(const Call& call, const Reply& reply, std::function<Asked()> change) {
  server_.post(
      [this, pool = call.names[0], backend = call.names[1], reply, change = std::move(change)] {
        const Asked asked = change();
        reply([this, pool, backend, asked] {
          if (asked == Asked::no_pool) return refuse(404, "There is no pool '" + pool + "'.");
          if (asked == Asked::no_backend)
            return refuse(404, "The pool '" + pool + "' has no backend '" + backend + "'.");
          return json_answer(json::serialize(backend_json(server_, recent_, pool, backend)));
        });
      });
}

void Api::end_session(const Call& call, const Reply& reply) {
  const auto id = proxy::SessionName::parse(call.names[0]);
  if (!id) throw BadRequest("A session is called REACTOR.INDEX.GENERATION.");
  const auto tell = [reply, name = call.names[0]](bool has_ended) {
    reply([name, has_ended] {
      if (!has_ended) return refuse(404, "There is no session '" + name + "' any more.");
      base::log::info("session {}: an operator ended it", name);
      return json_answer(json::serialize(json::object{{"id", name}}));
    });
  };
  if (id->reactor >= server_.reactors().size()) return tell(false);
  server_.reactors()[id->reactor]->post_command(proxy::Command::end_session,
                                                [id, tell](proxy::SessionCommands& commands) {
                                                  tell(commands.end(id->index, id->generation));
                                                });
}

}  // namespace weir::admin
