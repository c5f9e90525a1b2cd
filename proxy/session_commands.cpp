#include "proxy/session_commands.h"

#include "proxy/relay.h"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>
#include <vector>

namespace weir::proxy {

void SessionCommands::list_from(std::uint32_t from, Search search, Done done) {
  engine_.refresh_now();
  const base::TimePoint now = engine_.now();
  const std::uint32_t stop = std::min(engine_.capacity(), from + kListedPerTurn);
  for (std::uint32_t index = from; index < stop; ++index) {
    const Session* const session = engine_.at(index);
    if (session != nullptr && session->stage != Stage::ended)
      search->offer(row_of(*session, reactor_, now));
  }
  const bool is_all = stop == engine_.capacity();
  engine_.settle();
  if (is_all) return done();
  boost::asio::post(context_, [this, stop, search = std::move(search), done = std::move(done)] {
    list_from(stop, search, done);
  });
}

void SessionCommands::add_tcp_facts_from(std::size_t from, Search search, Done done) {
  engine_.refresh_now();
  std::vector<SessionRow>& rows = search->rows();
  std::uint32_t asked = 0;
  for (; from < rows.size() && asked < kAskedPerTurn; ++from) {
    SessionRow& row = rows[from];
    if (row.id.reactor != reactor_) continue;
    ++asked;
    const Session* const session = engine_.find(row.id.index, row.id.generation);
    if (session == nullptr) continue;
    row.client_tcp = session->downstream.tcp_facts();
    row.backend_tcp = session->upstream.tcp_facts();
  }
  engine_.settle();
  if (from == rows.size()) return done();
  boost::asio::post(context_, [this, from, search = std::move(search), done = std::move(done)] {
    add_tcp_facts_from(from, search, done);
  });
}

bool SessionCommands::end(std::uint32_t index, std::uint32_t generation) {
  Session* const session = engine_.find(index, generation);
  if (session == nullptr) return false;
  engine_.refresh_now();
  const bool ends = end(*session);
  engine_.settle();
  return ends;
}

/// One that is being reset already goes on to the end that it has.
bool SessionCommands::end(Session& session) {
  switch (session.stage) {
    case Stage::establishing:
      session.stopped_how = How::admin;
      if (session.waiter) engine_.wake(session, Wakeup::stopping);
      return true;
    case Stage::relaying:
      engine_.end(session, {Who::weir, How::admin, phase_of(session)}, true);
      return true;
    case Stage::resetting: return true;
    case Stage::ended: return false;
  }
  return false;
}

void SessionCommands::end_backend_from(std::uint32_t from, balancer::SlotNumber slot) {
  engine_.refresh_now();
  const std::uint32_t stop = std::min(engine_.capacity(), from + kEndedPerTurn);
  for (std::uint32_t index = from; index < stop; ++index) {
    Session* const session = engine_.at(index);
    if (session != nullptr && session->slot == slot && session->counts_backend) end(*session);
  }
  const bool is_all = stop == engine_.capacity();
  engine_.settle();
  if (is_all) return;
  boost::asio::post(context_, [this, stop, slot] { end_backend_from(stop, slot); });
}

}  // namespace weir::proxy
