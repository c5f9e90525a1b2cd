#include "admin/recorded_events.h"

#include "balancer/connect_error.h"
#include "proxy/relay.h"
#include "proxy/session_row.h"

#include <boost/json.hpp>

#include <chrono>

namespace weir::admin {
namespace {

namespace json = boost::json;
using proxy::Event;
using proxy::EventKind;

std::string session_text(unsigned reactor, proxy::SessionId session) {
  return proxy::SessionName{reactor, session.index, session.generation}.to_string();
}

/// What result and value of that kind mean (see EventKind). An event may come from a place that was
/// being written: no number in it is trusted to be one of ours.
void add_details(json::object& told, const Event& event) {
  const std::size_t result = event.result;
  switch (event.kind) {
    case EventKind::arrived: told["listener"] = event.value; break;
    case EventKind::connecting: told["slot"] = event.value; break;
    case EventKind::connect_failed:
      told["slot"] = event.value;
      if (result < balancer::kConnectErrorCount)
        told["error"] = balancer::kConnectErrorNames[result];
      break;
    case EventKind::relaying: told["connect_us"] = event.value; break;
    case EventKind::served:
      told["bytes"] = event.value;
      if (result < proxy::kNextCount) told["next"] = to_string(static_cast<proxy::Next>(result));
      break;
    case EventKind::ended: {
      const std::size_t who = event.value >> 8 & 0xff;
      const std::size_t how = event.value & 0xff;
      if (who >= proxy::kWhoCount || how >= proxy::kHowCount || result >= proxy::kPhaseCount) break;
      told["who"] = to_string(static_cast<proxy::Who>(who));
      told["how"] = to_string(static_cast<proxy::How>(how));
      told["phase"] = to_string(static_cast<proxy::Phase>(result));
      break;
    }
    case EventKind::command:
      if (result < proxy::kCommandCount)
        told["command"] = to_string(static_cast<proxy::Command>(result));
      break;
    case EventKind::deadline:
    case EventKind::fault: break;
  }
}

}  // namespace

std::string recorded_events_json(const proxy::Reactor& reactor, std::size_t most) {
  const base::TimePoint now = base::Clock::now();
  const auto age_us = [now](base::TimePoint time) {
    return std::chrono::duration_cast<std::chrono::microseconds>(now - time).count();
  };
  json::array events;
  for (const Event& event : reactor.probe().recorder.last(most)) {
    if (static_cast<std::size_t>(event.kind) >= proxy::kEventKindCount) continue;
    json::object told{{"age_us", age_us(event.time)}, {"kind", to_string(event.kind)}};
    if (event.kind != EventKind::command)
      told["session"] = session_text(reactor.number(), event.session);
    add_details(told, event);
    events.push_back(std::move(told));
  }
  const proxy::Activity::Reading doing = reactor.probe().doing();
  const json::object answer{{"reactor", reactor.number()},
                            {"at", to_string(doing.work)},
                            {"session", session_text(reactor.number(), doing.session)},
                            {"events", std::move(events)}};
  return json::serialize(answer);
}

}  // namespace weir::admin
