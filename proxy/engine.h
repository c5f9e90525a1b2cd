#pragma once

#include "base/clock.h"
#include "base/descriptor.h"
#include "base/log_limiter.h"
#include "base/thread_owner.h"
#include "proxy/activity.h"
#include "proxy/deadlines.h"
#include "proxy/pipe_pool.h"
#include "proxy/probes.h"
#include "proxy/session_state.h"
#include "proxy/slab.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/list.hpp>

#include <sys/epoll.h>

#include <array>
#include <coroutine>
#include <cstdint>
#include <memory>
#include <vector>

namespace weir::proxy {

/// Hears of every session of an engine. Lives as long as the engine, on its thread.
class EngineObserver {
 public:
  /// A session was looked at by the deadlines (at least each 6.4 s) or is about to end or leave:
  /// the time to account its bytes.
  virtual void session_visited(Session& session) noexcept = 0;
  /// The backend's first byte has come, in the turn of that time, as session.asked_at is of one.
  virtual void session_answered(const Session& session, base::TimePoint now) noexcept = 0;
  /// A side takes no more while bytes are held for it, or has taken them; session.held is how it
  /// was before.
  virtual void session_held(Session& /*session*/, Held /*now*/) noexcept {}
  /// Once for each session that ends; its reason is set, its sockets are still open.
  virtual void session_ending(Session& /*session*/) noexcept {}
  /// Once for each session that ends; its reason is set, its sockets are closed.
  virtual void session_ended(Session& session) noexcept = 0;
  /// All that ended in a turn has been told. May throw std::bad_alloc, and is called again then.
  virtual void turn_ended() {}

 protected:
  ~EngineObserver() = default;
};

/// A descriptor in an engine's set that is not of a session. Used on the engine's thread.
class Watched {
 public:
  /// It is readable. Called in the turn that heard of it, when the sessions have had theirs. May
  /// throw std::bad_alloc; the others that were heard of are told in the next turn then.
  virtual void readable() = 0;

 protected:
  ~Watched() = default;
};

/// The relay engine: the reactor's own demultiplexer for proxied sockets, and the one place where
/// weir does not use Asio's. An epoll set of persistent edge-triggered registrations, one a socket
/// for life. Measured against Asio's sockets: 6 to 13 % less CPU for a round trip, a tenth of the
/// memory for an idle session (docs/decisions/0001). The reactor's loop waits here, for the rest of
/// its descriptors too.
///
///   turn:  epoll_wait -> serve each session that has events -> serve those that the turn before
///          stopped by their budget -> destroy those that ended -> tell the others that were heard
///
/// Owns its sessions. Lives on its reactor's thread; no method may be called from elsewhere once
/// the first turn has run. An exception from a session's handler ends that session only.
class Engine {
 public:
  struct Options {
    config::RelayMode relay = config::RelayMode::automatic;
    PipePool::Limits pipes;
  };
  /// Events that one turn takes from the kernel.
  static constexpr int kEventsPerTurn = 256;
  /// Sessions stopped by their budget that one turn serves; the others keep their places.
  static constexpr int kServedPerTurn = 64;
  /// Sessions that one visit of the deadlines, or one step of end_all, may touch.
  static constexpr int kVisitsPerTurn = 256;

  enum class SideName : std::uint8_t { downstream, upstream };
  enum class Trigger : std::uint8_t { level, edge };
  /// Whether a turn may wait for events; one that has sessions to serve never does.
  enum class Waiting : std::uint8_t { no, yes };
  /// What a watched descriptor is called here.
  using WatchNumber = std::uint32_t;

  Engine(boost::asio::io_context& context, EngineObserver& observer, ReactorProbe& probe,
         Options options);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// Binds to the calling thread and begins its busy time; once, before the first turn.
  void start();
  /// Lets turns hear of a descriptor that is not of a session, for as long as it is open. Who was
  /// watched first is told first; what it does then is `work`. Before start(). Throws
  /// std::system_error.
  WatchNumber watch(int fd, Trigger trigger, Watched& watched, Work work);
  /// Turns do not hear of it until it is unmuted; it begins unmuted.
  void mute(WatchNumber number, bool on) noexcept;
  /// For good; the descriptor may be closed after it.
  void forget(WatchNumber number) noexcept;
  /// Waits for events, if it may, and serves them.
  void turn(Waiting waiting);
  /// After std::bad_alloc has left the loop: takes up again whatever could not be armed. No session
  /// has lost anything but time. Throws std::bad_alloc.
  void recover();

  /// A new session that is establishing. Throws std::bad_alloc.
  Session& create();
  /// Registers a side's descriptor, for life. False (errno kept) when the kernel refuses.
  [[nodiscard]] bool watch(Session& session, SideName name) noexcept;
  /// Closes the upstream socket of a connect that failed.
  void drop_upstream(Session& session) noexcept;

  /// Suspends an establishment until the upstream side has events, the deadline has passed, the
  /// client has gone or the reactor stops.
  class [[nodiscard]] Wait {
   public:
    Wait(Session& session, bool ready) noexcept : session_(session), ready_(ready) {}
    [[nodiscard]] bool await_ready() const noexcept { return ready_; }
    void await_suspend(std::coroutine_handle<> waiter) noexcept { session_.waiter = waiter; }
    [[nodiscard]] Wakeup await_resume() const noexcept { return session_.wakeup; }

   private:
    Session& session_;
    bool ready_;
  };
  Wait wait(Session& session, base::TimePoint deadline) noexcept;
  /// Resumes an establishment that waits.
  void wake(Session& session, Wakeup reason);
  /// The session of that number, null if it has gone.
  [[nodiscard]] Session* find(std::uint32_t index, std::uint32_t generation) noexcept {
    return sessions_.find(index, generation);
  }

  /// The session at that place of the slab, null if it is empty; places are below capacity().
  [[nodiscard]] Session* at(std::uint32_t index) noexcept { return sessions_.at(index); }
  [[nodiscard]] std::uint32_t capacity() const noexcept { return sessions_.capacity(); }

  /// Both sides are connected and watched: from the next round on, the session relays.
  void start_relay(Session& session) noexcept;
  /// Ends a session: closes both sockets now, tells the observer and destroys it at the end of the
  /// turn.
  void end(Session& session, CloseReason reason, bool with_reset) noexcept;

  /// A handler of this session threw: says so, counts it and ends the session with a reset.
  void fault(Session& session, const char* what) noexcept;

  /// Takes a connected session over from another engine; settle() follows. Ends it at once if it
  /// cannot be watched.
  Session& adopt(SessionState&& state);
  /// Gives a session back whole, for another engine to adopt. It must not be establishing.
  SessionState release(Session& session) noexcept;

  /// Ends every session, {weir, how}, a number of them each turn. New ones end as they come.
  void end_all(How how);

  /// Ends the sessions that are connected to that backend, {weir, how}, a number of them each turn.
  /// Those that still connect to it find out by themselves, and may go on to another.
  void end_backend(balancer::SlotNumber slot, How how) { end_some_of(slot, how, 0); }

  /// A handler begins that is not of a session.
  void begin(Work work) noexcept {
    if constexpr (kHasProbes) probe_.activity.begin(work);
  }
  [[gnu::always_inline]] void begin(Work work, const Session& session) noexcept {
    if constexpr (kHasProbes) probe_.activity.begin(work, id_of(session));
  }
  [[gnu::always_inline]] void record(EventKind kind, const Session& session,
                                     std::uint8_t result = 0, std::uint32_t value = 0) noexcept {
    if constexpr (kHasProbes) probe_.recorder.record(now_, kind, id_of(session), result, value);
  }
  [[nodiscard]] static SessionId id_of(const Session& session) noexcept {
    return {session.index, session.generation};
  }

  /// Time at the start of the present turn.
  [[nodiscard]] base::TimePoint now() const noexcept { return now_; }
  /// For the begin of a handler outside of a turn: the time that deadlines are counted from.
  void refresh_now() noexcept { now_ = base::Clock::now(); }
  [[nodiscard]] std::size_t size() const noexcept { return sessions_.size(); }
  /// For the end of such a handler: serves what it connected, destroys what it ended, arms the
  /// deadlines.
  void settle();
  [[nodiscard]] FlowResources& resources() noexcept { return resources_; }

 private:
  using TurnList = boost::intrusive::list<
      Session,
      boost::intrusive::member_hook<Session, decltype(Session::turn_hook), &Session::turn_hook>,
      boost::intrusive::constant_time_size<false>>;

  struct Watch {
    int fd = -1;
    std::uint32_t events = 0;
    Watched* watched = nullptr;
    Work work = Work::command;
  };

  [[gnu::always_inline]] void count_end_of_turn() noexcept {
    if constexpr (!kHasProbes) return;
    const base::TimePoint end = base::Clock::now();
    ReactorProbe& probe = probe_;
    probe.busy.left(end);
    // As the clock has it, which never goes back, and the histogram too: nanoseconds.
    probe.loop_duration.observe_value(static_cast<std::uint64_t>((end - turn_began_).count()));
  }
  [[gnu::always_inline]] void count_begin_of_turn(int events) noexcept {
    if constexpr (!kHasProbes) return;
    turn_began_ = now_;
    probe_.busy.entered(now_);
    static_assert(kEventsPerTurn <= metrics::BatchHistogram::kMost);
    if (events > 0) probe_.events_per_poll.observe(static_cast<std::size_t>(events));
  }
  void dispatch(const epoll_event& event);
  void tell_others();
  void run(Session& session);
  void run_stopped(TurnList& stopped);
  void keep_place(Session& session) noexcept;
  void run_fresh();
  void visit_deadlines();
  void visit(Session& session);
  void arm_timer();
  void end_some();
  void end_some_of(balancer::SlotNumber slot, How how, std::uint32_t from);
  void end_for_stop(Session& session) noexcept;
  void reap() noexcept;
  void finish();

  boost::asio::io_context& context_;
  EngineObserver& observer_;
  ReactorProbe& probe_;
  base::ThreadOwner thread_;
  base::log::Limiter fault_lines_;

  base::Descriptor epoll_;
  boost::asio::steady_timer timer_;
  base::TimePoint timer_due_ = base::TimePoint::max();
  base::TimePoint now_;
  base::TimePoint turn_began_;  ///< now_ moves on within a turn
  Deadlines deadlines_;
  Slab<Session> sessions_;
  TurnList fresh_;    ///< connected in this turn, to be served in it
  TurnList stopped_;  ///< by their budget, to be served in the next turn
  TurnList ended_;
  std::unique_ptr<std::byte[]> scratch_;
  PipePool pipes_;
  FlowResources resources_;
  std::array<epoll_event, kEventsPerTurn> events_{};
  std::vector<Watch> others_;       ///< by WatchNumber
  std::vector<WatchNumber> heard_;  ///< of them, and not told yet; has room for all

  bool ending_all_ = false;
  How end_all_how_ = How::drain;
  std::uint32_t end_all_next_ = 0;
};

}  // namespace weir::proxy
