#include "proxy/reactor.h"

#include "base/backtrace.h"
#include "base/log.h"
#include "base/thread_setup.h"
#include "proxy/black_box.h"
#include "proxy/run_context.h"
#include "proxy/session.h"

#include <unistd.h>

#include <exception>

namespace weir::proxy {

// Descriptors are touched on their own reactor only, so Asio needs no lock for them; posting from
// other threads stays safe (BOOST_ASIO_CONCURRENCY_HINT_UNSAFE would lose that).
Reactor::Reactor(unsigned number, Admission& admission, FailureReports& reports,
                 Engine::Options options, std::chrono::milliseconds heartbeat)
    : number_(number),
      context_(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO),
      mailbox_(context_),
      outcomes_(backends_, reports),
      accounts_(number, probe_, backends_, outcomes_, places_, admission),
      engine_(context_, accounts_, probe_, options),
      loop_(context_, mailbox_, engine_),
      inbox_(engine_, [this](std::vector<Arrival>& batch) { take_over(batch); }),
      places_(number, engine_, mailbox_, accounts_.pools()),
      connector_(engine_, backends_, outcomes_, places_, admission),
      heartbeat_(context_, probe_, heartbeat),
      commands_(number, engine_, context_),
      work_(context_.get_executor()) {}

Reactor::~Reactor() { stop_and_join(); }

void Reactor::add_pool(std::shared_ptr<const balancer::PoolSnapshot> snapshot,
                       const balancer::Published& published) {
  published_ = &published;
  outcomes_.set_published(published);
  accounts_.set_published(published);
  PoolView& view = accounts_.add_pool();
  view.next = std::move(snapshot);
  take_next(view);
}

void Reactor::share_places(SharedPlaces& shared) {
  places_.set_shared(shared);
  shared.peers.push_back(&places_);
}

void Reactor::take_next(PoolView& view) {
  if (!view.next) return;
  if (view.selector) view.selector->leave();
  const bool has_begun = view.snapshot && view.snapshot->can_serve();
  view.selector =
      balancer::make_selector(view.next, *published_, backends_.memory, has_begun ? 0 : number_);
  view.snapshot = std::move(view.next);
  view.has_limits = view.snapshot->has_limits();
}

Acceptor& Reactor::add_acceptor(Acceptor::Listener listener, Admission& admission) {
  auto watch = std::make_unique<EngineListenWatch>(engine_, listener.socket);
  return acceptors_.add(std::make_unique<Acceptor>(context_, std::move(watch), std::move(listener),
                                                   admission, *this, &mailbox_));
}

void Reactor::start(std::optional<unsigned> cpu) {
  thread_ = std::thread([this, cpu] { run(cpu); });
}

void Reactor::run(std::optional<unsigned> cpu) {
  base::set_up_thread("weir-r" + std::to_string(number_));
  if (cpu && !base::pin_thread(*cpu))
    base::log::warning("reactor {}: cannot be pinned to CPU {}", number_, *cpu);
  try {
    base::log::prepare_thread();
    base::backtrace::allow_on_this_thread();
    probe_.thread_id = ::gettid();
    run_context(
        context_, "reactor " + std::to_string(number_),
        [this] {
          loop_.start();
          heartbeat_.start();
        },
        [this] { loop_.run(); }, [this] { recover(); });
  } catch (const std::exception& exception) {
    base::log::error("reactor {} died: {}", number_, exception.what());
    black_box::write();
    base::log::stop();
    ::_exit(70);  // EX_SOFTWARE; a supervisor starts us again
  }
}

void Reactor::recover() {
  engine_.recover();
  heartbeat_.start();
  for (PoolView& view : accounts_.pools()) take_next(view);
  places_.recover();
  acceptors_.recover();
  inbox_.empty();
}

void Reactor::stop_and_join() {
  if (!thread_.joinable()) return;
  context_.stop();
  mailbox_.wake();
  thread_.join();
}

/// Has another thread's work done here, and remembers that it was.
template <typename Work>
void Reactor::post(Command command, Work work) {
  mailbox_.post([this, command, work = std::move(work)]() mutable {
    probe_.commands.add();
    if constexpr (kHasProbes)
      probe_.recorder.record(base::Clock::now(), EventKind::command, {},
                             static_cast<std::uint8_t>(command));
    work();
  });
}

void Reactor::post_accepting() {
  post(Command::accept, [this] { acceptors_.start(); });
}

void Reactor::post_finish(std::function<void()> done) {
  post(Command::finish,
       [this, done = std::move(done)]() mutable { acceptors_.finish(std::move(done)); });
}

void Reactor::take_over(std::vector<Arrival>& batch) {
  for (Arrival& arrival : batch) arrived(std::move(arrival));
  engine_.settle();
}

void Reactor::arrived(Arrival arrival) {
  engine_.refresh_now();
  Session* session = nullptr;
  try {
    session = &engine_.create();
  } catch (const std::bad_alloc&) {
    return accounts_.arrival_lost(arrival.listener);
  }
  session->downstream.fd = arrival.socket.release();
  session->downstream.is_unix = arrival.is_unix;
  session->client = arrival.client;
  session->listener = arrival.listener;
  session->pool = arrival.pool;
  session->accepted_at = arrival.accepted_at;
  engine_.record(EventKind::arrived, *session, 0, arrival.listener);
  accounts_.session_arrived(*session);
  try {
    run_session(engine_, connector_, accounts_.pool(arrival.pool), *session);
  } catch (const std::exception& exception) {  // no memory for the coroutine's frame
    engine_.fault(*session, exception.what());
  }
}

std::size_t Reactor::turn_ended() {
  engine_.settle();
  return 0;  // what finds no memory here is counted as a session of this reactor
}

void Reactor::post_snapshot(PoolNumber pool,
                            std::shared_ptr<const balancer::PoolSnapshot> snapshot) {
  post(Command::snapshot, [this, pool, snapshot = std::move(snapshot)]() mutable {
    PoolView& view = accounts_.pool(pool);
    view.next = std::move(snapshot);
    take_next(view);
    places_.pool_changed(pool);
  });
}

void Reactor::post_drain(std::function<void()> drained) {
  post(Command::drain, [this, drained = std::move(drained)]() mutable {
    inbox_.empty();  // what was left there before this post is no longer on its way
    accounts_.when_empty(std::move(drained));
    engine_.settle();
  });
}

void Reactor::post_end_backend(balancer::SlotNumber slot, How how) {
  post(Command::end_backend, [this, slot, how] { engine_.end_backend(slot, how); });
}

void Reactor::post_command(Command kind, std::function<void(SessionCommands&)> command) {
  post(kind, [this, command = std::move(command)] { command(commands_); });
}

void Reactor::post_end_all(How how) {
  post(Command::end_all, [this, how] { engine_.end_all(how); });
}

}  // namespace weir::proxy
