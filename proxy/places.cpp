#include "proxy/places.h"

#include "base/fault_point.h"

#include <algorithm>
#include <utility>

namespace weir::proxy {
namespace {

bool is_left(const balancer::Member& member, const balancer::Tried& tried) noexcept {
  return member.effective_weight > 0 && !tried.contains(member.slot);
}

bool is_anybody_left(const balancer::PoolSnapshot& pool, const balancer::Tried& tried) noexcept {
  return std::any_of(pool.members.begin(), pool.members.end(),
                     [&](const auto& member) { return is_left(member, tried); });
}

/// Whether waiting may help: somebody could be tried and has a limit, so is full.
bool may_wait(const balancer::PoolSnapshot& pool, const balancer::Tried& tried) noexcept {
  return std::any_of(pool.members.begin(), pool.members.end(), [&](const auto& member) {
    return is_left(member, tried) && member.max_connections > 0;
  });
}

const balancer::Member* member_of(const balancer::PoolSnapshot& pool,
                                  balancer::SlotNumber slot) noexcept {
  const auto found = std::find_if(
      pool.members.begin(), pool.members.end(),
      [&](const auto& member) { return member.slot == slot && member.effective_weight > 0; });
  return found == pool.members.end() ? nullptr : &*found;
}

}  // namespace

Places::Places(unsigned number, Engine& engine, Mailbox& mailbox, std::deque<PoolView>& pools)
    : number_(number),
      engine_(engine),
      mailbox_(mailbox),
      pools_(pools),
      bell_(engine, Work::command, [this] { move_lines(); }) {}

Task<Places::Taken> Places::take(Session& session, PoolView& pool, balancer::Tried& tried,
                                 std::uint64_t key, base::TimePoint& deadline) {
  using Result = Taken::Result;
  QueueDoor& door = shared_->doors[session.pool];
  const base::TimePoint began = engine_.now();
  while (is_anybody_left(*pool.snapshot, tried)) {
    if (door.waiting() == 0) {
      const balancer::PickRequest request{engine_.now(), key, tried, &shared_->occupancies};
      if (const auto* member = take_now(pool, request)) {
        session.slot = member->slot;
        session.holds_place = member->max_connections > 0;
        co_return Taken{Result::taken, member->slot, member->endpoint};
      }
    }
    const auto ticket = door.enter(pool.snapshot->settings.queue_limit);
    if (!ticket) {
      pool.probe.queue_full.add();
      co_return Taken{Result::line_full};
    }
    if (deadline == base::TimePoint::max())
      deadline = began + pool.snapshot->settings.queue_timeout;
    session.ticket = *ticket;
    session.grant = 0;
    join(session, tried, key);
    session.is_queued = true;
    Wakeup wakeup = Wakeup::deadline;
    if (!tried.empty() && engine_.now() + kForgiven < deadline) {
      wakeup = co_await engine_.wait(session, engine_.now() + kForgiven);
      if (wakeup == Wakeup::deadline && session.is_queued) {
        tried.clear();
        forgive(session);
      }
    }
    const bool waits_on = wakeup == Wakeup::deadline && session.is_queued;
    if (waits_on) wakeup = co_await engine_.wait(session, deadline);
    if (std::exchange(session.is_queued, false)) {  // nothing was granted
      leave(session);
      if (wakeup == Wakeup::client_gone) co_return Taken{Result::client_gone};
      if (wakeup == Wakeup::stopping) co_return Taken{Result::stopping};
      pool.probe.queue_timeouts.add();
      co_return Taken{Result::too_long};
    }
    if (session.grant == 0) continue;  // the home knows of nobody: see what we know
    if (const auto* member = member_of(*pool.snapshot, session.slot)) {
      pool.probe.queue_seconds.observe(engine_.now() - began);
      co_return Taken{Result::taken, member->slot, member->endpoint};
    }
    give_back(session);
  }
  co_return Taken{Result::nobody};
}

const balancer::Member* Places::take_now(PoolView& pool,
                                         const balancer::PickRequest& request) noexcept {
  while (const auto picked = pool.selector->pick(request)) {
    const balancer::Member& member = pool.snapshot->members[*picked];
    if (member.max_connections == 0) return &member;
    if (shared_->occupancies[member.slot].try_take(member.max_connections)) return &member;
  }
  return nullptr;
}

void Places::join(const Session& session, const balancer::Tried& tried, std::uint64_t key) {
  Places& home = home_of(session.pool);
  try {
    WEIR_FAULT_POINT("places.join");
    home.mailbox_.post([&home, pool = session.pool, ticket = session.ticket,
                        queued = Queued{number_, session.index, session.generation, key, tried}] {
      home.joined(pool, ticket, queued);
    });
  } catch (...) {
    shared_->doors[session.pool].left();
    throw;
  }
}

/// When there is no memory to say so, the line finds out with its grant.
void Places::leave(const Session& session) {
  Places& home = home_of(session.pool);
  home.mailbox_.post(
      [&home, pool = session.pool, ticket = session.ticket] { home.left(pool, ticket); });
}

void Places::forgive(const Session& session) {
  Places& home = home_of(session.pool);
  home.mailbox_.post(
      [&home, pool = session.pool, ticket = session.ticket] { home.forgave(pool, ticket); });
}

void Places::granted(PoolNumber pool, QueueDoor::Ticket ticket, const Queued& queued, Grant grant) {
  Session* const session = engine_.find(queued.index, queued.generation);
  if (session == nullptr || !session->is_queued || session->ticket != ticket) {
    if (grant.is_counted) free_place(pool, grant.slot);
    return;
  }
  engine_.refresh_now();
  session->is_queued = false;
  session->grant = grant.number;
  if (grant.number > 0) session->slot = grant.slot;
  session->holds_place = grant.is_counted;
  engine_.wake(*session, Wakeup::ready);
  engine_.settle();
}

void Places::give_back(Session& session) noexcept {
  if (std::exchange(session.holds_place, false)) free_place(session.pool, session.slot);
}

void Places::free_place(PoolNumber pool, balancer::SlotNumber slot) noexcept {
  shared_->occupancies[slot].give_back();
  if (shared_->doors[pool].waiting() > 0) home_of(pool).bell_.ring();
}

// As the home of a pool's line

void Places::joined(PoolNumber pool, QueueDoor::Ticket ticket, const Queued& queued) {
  try {
    lines_.resize(std::max<std::size_t>(lines_.size(), pools_.size()));
    lines_[pool].waiting.join(ticket, queued);
  } catch (...) {
    shared_->doors[pool].left();  // it waits for its timeout
    throw;
  }
  move_line(pool);
}

void Places::left(PoolNumber pool, QueueDoor::Ticket ticket) {
  if (pool >= lines_.size() || !lines_[pool].waiting.leave(ticket)) return;
  shared_->doors[pool].left();
  move_line(pool);
}

void Places::forgave(PoolNumber pool, QueueDoor::Ticket ticket) {
  if (pool >= lines_.size()) return;
  lines_[pool].waiting.forgive(ticket);
  move_line(pool);
}

void Places::move_lines() {
  for (std::size_t pool = 0; pool < lines_.size(); ++pool) move_line(static_cast<PoolNumber>(pool));
}

void Places::move_line(PoolNumber pool) {
  if (pool >= lines_.size() || lines_[pool].waiting.size() == 0) return;
  const base::TimePoint now = base::Clock::now();
  const bool has_more =
      lines_[pool].waiting.move([&](QueueDoor::Ticket ticket, const Queued& queued) {
        return serve(pool, ticket, queued, now);
      });
  if (has_more) bell_.ring();  // sessions have their turn before the rest
}

Turn Places::serve(PoolNumber pool, QueueDoor::Ticket ticket, const Queued& queued,
                   base::TimePoint now) {
  PoolView& view = pools_[pool];
  const balancer::Member* const member =
      take_now(view, {now, queued.key, queued.tried, &shared_->occupancies});
  if (member == nullptr && may_wait(*view.snapshot, queued.tried)) return Turn::stays;
  Grant grant;
  if (member != nullptr)
    grant = {lines_[pool].grants + 1, member->slot, member->max_connections > 0};
  Places& theirs = *shared_->peers[queued.reactor];
  try {
    WEIR_FAULT_POINT("places.grant");
    theirs.mailbox_.post(
        [&theirs, pool, ticket, queued, grant] { theirs.granted(pool, ticket, queued, grant); });
  } catch (...) {
    if (grant.is_counted) shared_->occupancies[grant.slot].give_back();
    throw;
  }
  if (member != nullptr) ++lines_[pool].grants;
  shared_->doors[pool].left();
  return Turn::served;
}

}  // namespace weir::proxy
