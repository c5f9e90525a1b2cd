#include "proxy/engine.h"

#include "base/check.h"
#include "base/fault_point.h"
#include "base/log.h"
#include "base/uncancelled.h"
#include "proxy/relay.h"

#include <boost/asio/post.hpp>

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <system_error>
#include <utility>

namespace weir::proxy {
namespace {

constexpr std::uint32_t kWatchedEvents = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLPRI | EPOLLET;
constexpr int kForever = -1;  // of epoll_wait

/// What epoll carries for a side: which session, of which generation, which of its sides. Never a
/// pointer: an event that comes late must find nothing.
std::uint64_t tag_of(const Session& session, Engine::SideName name) noexcept {
  return (std::uint64_t{session.index} << 32) | (std::uint64_t{session.generation} << 1) |
         static_cast<std::uint64_t>(name);
}

/// From here on tags are of descriptors that are not of a session, by number: no slab comes to have
/// that index.
constexpr std::uint64_t kFirstOtherTag = std::uint64_t{0xffff'ffff} << 32;

base::Descriptor make_epoll() {
  base::Descriptor epoll(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll) throw std::system_error(errno, std::generic_category(), "epoll_create1");
  return epoll;
}

}  // namespace

Engine::Engine(boost::asio::io_context& context, EngineObserver& observer, ReactorProbe& probe,
               Options options)
    : context_(context),
      observer_(observer),
      probe_(probe),
      epoll_(make_epoll()),
      timer_(context),
      now_(base::Clock::now()),
      turn_began_(now_),
      deadlines_(now_, probe.timers_pending),
      scratch_(std::make_unique<std::byte[]>(Flow::kScratchBytes)),
      pipes_(options.pipes, probe.pipes_open, probe.pipe_shortages),
      resources_{{scratch_.get(), Flow::kScratchBytes},
                 pipes_,
                 options.relay,
                 probe.relayed_bytes_copy,
                 probe.relayed_bytes_splice,
                 probe.buffer_bytes} {}

Engine::~Engine() {
  WEIR_CHECK(sessions_.size() == 0);
  WEIR_CHECK(pipes_.all_are_back());
}

void Engine::start() {
  thread_.bind();
  refresh_now();
  turn_began_ = now_;
  if constexpr (kHasProbes) probe_.busy.entered(now_);
}

Engine::WatchNumber Engine::watch(int fd, Trigger trigger, Watched& watched, Work work) {
  const auto number = static_cast<WatchNumber>(others_.size());
  epoll_event event{};
  event.events = EPOLLIN | (trigger == Trigger::edge ? std::uint32_t{EPOLLET} : 0);
  event.data.u64 = kFirstOtherTag + number;
  heard_.reserve(others_.size() + 1);
  others_.push_back({fd, event.events, &watched, work});
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0)
    throw std::system_error(errno, std::generic_category(), "epoll_ctl");
  return number;
}

void Engine::mute(WatchNumber number, bool on) noexcept {
  epoll_event event{};
  event.events = on ? 0 : others_[number].events;
  event.data.u64 = kFirstOtherTag + number;
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, others_[number].fd, &event);  // needs no memory
}

void Engine::forget(WatchNumber number) noexcept {
  Watch& other = others_[number];
  std::erase(heard_, number);
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, other.fd, nullptr);
}

void Engine::recover() {
  refresh_now();
  timer_due_ = base::TimePoint::max();
  if (ending_all_) return end_some();
  finish();
}

Session& Engine::create() {
  thread_.assert_here();
  return sessions_.create();
}

bool Engine::watch(Session& session, SideName name) noexcept {
  Side& side = name == SideName::downstream ? session.downstream : session.upstream;
  epoll_event event{};
  event.events = kWatchedEvents;
  event.data.u64 = tag_of(session, name);
  side.watched = ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, side.fd, &event) == 0;
  return side.watched;
}

void Engine::drop_upstream(Session& session) noexcept {
  session.upstream.close(false);
  session.upstream = Side{};
}

Engine::Wait Engine::wait(Session& session, base::TimePoint deadline) noexcept {
  if (session.downstream.failed() || ending_all_) {
    session.wakeup = ending_all_ ? Wakeup::stopping : Wakeup::client_gone;
    return {session, true};
  }
  session.stage_deadline = deadline;
  deadlines_.set(session, deadline);
  return {session, false};
}

void Engine::start_relay(Session& session) noexcept {
  if (ending_all_) return end(session, {Who::weir, end_all_how_, Phase::connect}, true);
  session.stage = Stage::relaying;
  session.last_progress = now_;
  session.asked_at = now_;
  deadlines_.set(session, next_deadline(session));
  record(EventKind::relaying, session, 0, static_cast<std::uint32_t>(session.connect_time.count()));
  fresh_.push_back(session);
}

Session& Engine::adopt(SessionState&& state) {
  thread_.assert_here();
  refresh_now();
  Session& session = sessions_.create();
  static_cast<SessionState&>(session) = std::move(state);
  session.upload.joined(resources_);
  session.download.joined(resources_);
  if (ending_all_) {
    end_for_stop(session);
    return session;
  }
  const bool watched = watch(session, SideName::downstream) && watch(session, SideName::upstream);
  if (!watched) {
    end(session, {Who::weir, How::error, phase_of(session)}, true);
    return session;
  }
  deadlines_.set(session, session.stage == Stage::resetting ? now_ : next_deadline(session));
  return session;
}

SessionState Engine::release(Session& session) noexcept {
  thread_.assert_here();
  WEIR_CHECK(session.stage == Stage::relaying || session.stage == Stage::resetting);
  observer_.session_visited(session);
  for (Side* side : {&session.downstream, &session.upstream}) {
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, side->fd, nullptr);
    side->watched = false;
  }
  session.upload.left(resources_);
  session.download.left(resources_);
  deadlines_.cancel(session);
  SessionState state = std::move(static_cast<SessionState&>(session));
  sessions_.destroy(session);
  return state;
}

void Engine::end(Session& session, CloseReason reason, bool with_reset) noexcept {
  if (session.stage == Stage::ended) return;
  session.stage = Stage::ended;
  session.reason = reason;
  record(EventKind::ended, session, static_cast<std::uint8_t>(reason.phase),
         static_cast<std::uint32_t>(reason.who) << 8 | static_cast<std::uint32_t>(reason.how));
  observer_.session_ending(session);
  session.upload.discard(resources_);
  session.download.discard(resources_);
  session.downstream.close(with_reset);
  session.upstream.close(with_reset);
  deadlines_.cancel(session);
  session.turn_hook.unlink();
  ended_.push_back(session);
}

void Engine::reap() noexcept {
  while (!ended_.empty()) {
    Session& session = ended_.front();
    ended_.pop_front();
    WEIR_CHECK(!session.waiter);  // an establishment is always resumed, never destroyed
    observer_.session_visited(session);
    observer_.session_ended(session);
    sessions_.destroy(session);
  }
}

void Engine::turn(Waiting waiting) {
  thread_.assert_here();
  TurnList stopped;
  stopped.swap(stopped_);  // what stops in this turn waits for the next
  const bool may_wait = waiting == Waiting::yes && stopped.empty() && heard_.empty();
  count_end_of_turn();  // of the turn before, with all that was told after it
  const int count = base::uncancelled::epoll_wait(epoll_.get(), events_.data(), kEventsPerTurn,
                                                  may_wait ? kForever : 0);
  refresh_now();
  count_begin_of_turn(count);
  for (int i = 0; i < count; ++i) dispatch(events_[static_cast<std::size_t>(i)]);
  run_stopped(stopped);
  run_fresh();
  finish();
  tell_others();
}

/// Off the list before it is told: what throws leaves the rest to be told.
void Engine::tell_others() {
  while (!heard_.empty()) {
    const auto first = std::min_element(heard_.begin(), heard_.end());
    const Watch& other = others_[*first];
    heard_.erase(first);
    begin(other.work);
    other.watched->readable();
  }
}

void Engine::finish() {
  reap();
  observer_.turn_ended();
  arm_timer();
}

void Engine::settle() {
  refresh_now();
  run_fresh();
  finish();
}

void Engine::dispatch(const epoll_event& event) {
  WEIR_FAULT_POINT("engine.turn");
  if (event.data.u64 >= kFirstOtherTag) {
    const auto number = static_cast<WatchNumber>(event.data.u64 - kFirstOtherTag);
    if (std::find(heard_.begin(), heard_.end(), number) == heard_.end())
      heard_.push_back(number);  // else it is still to be told of the turn before
    return;
  }
  const auto index = static_cast<std::uint32_t>(event.data.u64 >> 32);
  const auto generation =
      static_cast<std::uint32_t>(event.data.u64 >> 1) & Slab<Session>::kGenerationMask;
  Session* const session = sessions_.find(index, generation);
  if (session == nullptr || session->stage == Stage::ended) return;

  const bool upstream = (event.data.u64 & 1) != 0;
  Side& side = upstream ? session->upstream : session->downstream;
  if (side.fd < 0) return;  // of a connect that was given up in this very batch
  side.take_events(event.events);
  if (session->turn_hook.is_linked()) return;  // its place in this turn or the next is kept
  if (session->stage != Stage::establishing) return run(*session);
  if (!session->waiter) return;
  if (session->downstream.failed()) return wake(*session, Wakeup::client_gone);
  if (upstream) wake(*session, Wakeup::ready);
}

void Engine::wake(Session& session, Wakeup reason) {
  begin(Work::establish, session);
  if (reason == Wakeup::deadline) record(EventKind::deadline, session);
  deadlines_.cancel(session);
  session.wakeup = reason;
  std::exchange(session.waiter, nullptr).resume();
}

void Engine::run(Session& session) {
  const bool was_half_closed = session.half_closed;
  const bool was_answered = session.answered;
  begin(Work::relay, session);
  try {
    const auto [next, bytes] = serve(session, resources_, now_);
    record(EventKind::served, session, static_cast<std::uint8_t>(next),
           static_cast<std::uint32_t>(bytes));
    switch (next) {
      case Next::wait: break;
      case Next::again: keep_place(session); break;
      case Next::check_later:
        session.serve_at_tick = true;
        deadlines_.set(session, now_);
        break;
      case Next::end: end(session, session.reason, session.close_with_reset); break;
    }
  } catch (const std::exception& exception) {
    return fault(session, exception.what());
  } catch (...) {
    return fault(session, "unknown exception");
  }
  if (session.answered && !was_answered) observer_.session_answered(session, now_);
  if (const Held held = held_of(session); held != session.held)
    observer_.session_held(session, held);
  const bool relays = session.stage == Stage::relaying && !session.serve_at_tick;
  if (session.half_closed && !was_half_closed && relays)
    deadlines_.set(session, next_deadline(session));
}

void Engine::fault(Session& session, const char* what) noexcept {
  probe_.handler_faults.add();
  record(EventKind::fault, session);
  if (fault_lines_.allow(now_))
    base::log::error("a fault ended the session of {}: {} ({} more)", session.client.text().view(),
                     what, fault_lines_.take_suppressed());
  end(session, {Who::weir, How::error, phase_of(session)}, true);
}

void Engine::run_stopped(TurnList& stopped) {
  for (int served = 0; served < kServedPerTurn && !stopped.empty(); ++served) {
    Session& session = stopped.front();
    stopped.pop_front();
    run(session);
  }
  stopped_.splice(stopped_.begin(), stopped);
}

/// A visit of the deadlines may serve a session that is on a list already.
void Engine::keep_place(Session& session) noexcept {
  if (!session.turn_hook.is_linked()) stopped_.push_back(session);
}

void Engine::run_fresh() {
  while (!fresh_.empty()) {
    Session& session = fresh_.front();
    fresh_.pop_front();
    run(session);
  }
}

void Engine::visit_deadlines() {
  refresh_now();
  begin(Work::deadlines);
  for (int visits = 0; visits < kVisitsPerTurn; ++visits) {
    Timed* const entry = deadlines_.take_due(now_);
    if (entry == nullptr) break;
    visit(static_cast<Session&>(*entry));
  }
  run_fresh();
  finish();
}

void Engine::visit(Session& session) {
  if (session.stage == Stage::establishing) {
    if (now_ >= session.stage_deadline && session.waiter) return wake(session, Wakeup::deadline);
    return deadlines_.set(session, session.stage_deadline);
  }
  observer_.session_visited(session);
  if (!std::exchange(session.keeps_alive, true)) {  // not earlier: most sessions end before this
    session.downstream.keep_alive();
    session.upstream.keep_alive();
  }
  const bool is_over = deadline_passed(session, now_);
  if (is_over) record(EventKind::deadline, session);
  if (is_over) return end(session, session.reason, session.close_with_reset);
  deadlines_.set(session, next_deadline(session));
  if (std::exchange(session.serve_at_tick, false) || session.stage == Stage::resetting)
    run(session);
}

void Engine::arm_timer() {
  const auto next = deadlines_.next();
  if (!next || *next >= timer_due_) return;
  WEIR_FAULT_POINT("engine.arm");
  timer_.expires_at(*next);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    timer_due_ = base::TimePoint::max();
    visit_deadlines();
  });
  timer_due_ = *next;
}

void Engine::end_all(How how) {
  thread_.assert_here();
  end_all_how_ = how;
  end_all_next_ = 0;
  if (!std::exchange(ending_all_, true)) end_some();
}

void Engine::end_for_stop(Session& session) noexcept {
  if (session.stage == Stage::resetting)  // why it ends is settled already
    return end(session, session.reason, session.close_with_reset);
  end(session, {Who::weir, end_all_how_, phase_of(session)}, true);
}

void Engine::end_some() {
  refresh_now();
  const std::uint32_t stop = std::min<std::uint32_t>(
      sessions_.capacity(), end_all_next_ + static_cast<std::uint32_t>(kVisitsPerTurn));
  for (; end_all_next_ < stop; ++end_all_next_) {
    Session* const session = sessions_.at(end_all_next_);
    if (session == nullptr || session->stage == Stage::ended) continue;
    if (session->stage != Stage::establishing)
      end_for_stop(*session);
    else if (session->waiter)
      wake(*session, Wakeup::stopping);
  }
  settle();
  if (end_all_next_ < sessions_.capacity()) boost::asio::post(context_, [this] { end_some(); });
}

void Engine::end_some_of(balancer::SlotNumber slot, How how, std::uint32_t from) {
  thread_.assert_here();
  refresh_now();
  const std::uint32_t stop = std::min<std::uint32_t>(
      sessions_.capacity(), from + static_cast<std::uint32_t>(kVisitsPerTurn));
  for (std::uint32_t index = from; index < stop; ++index) {
    Session* const session = sessions_.at(index);
    if (session == nullptr || session->slot != slot || !session->counts_backend) continue;
    if (session->stage == Stage::relaying)
      end(*session, {Who::weir, how, phase_of(*session)}, true);
  }
  settle();
  if (stop < sessions_.capacity())
    boost::asio::post(context_, [this, slot, how, stop] { end_some_of(slot, how, stop); });
}

}  // namespace weir::proxy
