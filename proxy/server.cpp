#include "proxy/server.h"

#include "base/check.h"
#include "base/cpus.h"
#include "base/log.h"
#include "proxy/black_box.h"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

namespace weir::proxy {
namespace {

unsigned reactor_count(const config::Config& config) {
  if (config.reactors != 0) return config.reactors;
  return base::usable_cpu_count(base::allowed_cpus().size(), base::cgroup_cpu_quota());
}

/// The CPU of that reactor, if it is to be tied to one.
std::optional<unsigned> cpu_of(const config::Pinning& pin, std::size_t reactor, std::size_t count) {
  if (pin.mode == config::Pinning::Mode::list && !pin.cpus.empty())
    return pin.cpus[reactor % pin.cpus.size()];
  const std::vector<unsigned> allowed = base::allowed_cpus();
  if (pin.mode != config::Pinning::Mode::automatic || allowed.size() < count) return {};
  return allowed[reactor];
}

/// Of all descriptors, the inverse: what checks may take.
constexpr std::uint64_t kChecksShare = 16;

bool has_checks(const config::Config& config) {
  return std::any_of(config.pools.begin(), config.pools.end(), [](const auto& pool) {
    return pool.check.kind != config::CheckConfig::Kind::none;
  });
}

PoolNumber pool_number(const config::Config& config, const std::string& name) {
  const auto found = std::find_if(config.pools.begin(), config.pools.end(),
                                  [&](const auto& pool) { return pool.name == name; });
  WEIR_CHECK(found != config.pools.end());  // the configuration was validated
  return static_cast<PoolNumber>(found - config.pools.begin());
}

}  // namespace

Server::Server(boost::asio::io_context& control) : control_(control) {}

Server::~Server() {
  if (watchdog_) watchdog_->stop();
  black_box::forget_all();
  if (accept_thread_) accept_thread_->stop_and_join();
  for (auto& reactor : reactors_) reactor->stop_and_join();
}

std::string Server::bind(const config::Config& config, std::vector<base::PassedSocket> passed) {
  config_ = config;
  const unsigned count = reactor_count(config_);
  const bool shared = config_.accept == config::AcceptMode::reuseport;
  const std::size_t sockets_each = shared ? count : 1;

  std::uint64_t limit = 0;
  descriptors_ = take_descriptor_budget(count, config_.listeners.size() * sockets_each);
  pipes_ = {};
  if (config_.relay != config::RelayMode::copy)
    pipes_ = decide_pipes(count, descriptors_.limit, PipeRules::of_this_system());
  descriptors_.reserved += DescriptorBudget::kPerPipe * pipes_.pipes * count;
  if (has_checks(config_)) {
    const auto checks =
        std::clamp<std::uint64_t>(descriptors_.limit / kChecksShare, 4, balancer::CheckGate::kMost);
    checks_.gate.set_most(checks);
    descriptors_.reserved += checks;
  }
  std::string shortage = decide_max_connections(config_.max_connections, descriptors_, limit);
  if (!shortage.empty()) return shortage;
  std::string failure = sockets_.bind(config_.listeners, sockets_each, std::move(passed));
  if (!failure.empty()) return failure;

  resolver_ = std::make_unique<balancer::Resolver>(control_, config_.nameservers);
  admission_ = std::make_unique<Admission>(limit);
  make_reactors(count);
  make_pools();
  make_acceptors();
  return {};
}

void Server::make_reactors(unsigned count) {
  watchdog_ = std::make_unique<Watchdog>(config_.stall_threshold, config_.heartbeat);
  published_.names = &slots_.names();
  for (unsigned number = 0; number < count; ++number) {
    reports_.push_back(
        std::make_unique<FailureReports>(on_control([this] { collect_failures(); })));
    reactors_.push_back(std::make_unique<Reactor>(number, *admission_, *reports_.back(),
                                                  Engine::Options{config_.relay, pipes_},
                                                  config_.heartbeat));
    Reactor& reactor = *reactors_.back();
    published_.sessions.push_back(&reactor.backends().sessions_active);
    published_.latencies.push_back(&reactor.backends().latencies);
    published_.streaks.push_back(&reactor.backends().streaks);
    reactor.share_places(places_);
    admission_->add_reactor(reactor.probe());
    watchdog_->add(reactor.probe(), [&reactor] { reactor.wake(); });
    black_box::add(reactor.probe());
    for (const config::ListenerConfig& listener : config_.listeners)
      reactor.add_listener(listener.name);
    if (config_.access_log != "none") reactor.write_access_log();
  }
}

void Server::make_pools() {
  for (std::size_t index = 0; index < config_.pools.size(); ++index) {
    const auto number = static_cast<PoolNumber>(index);
    pools_.push_back(std::make_unique<balancer::Pool>(
        control_, *resolver_, slots_, published_, checks_, journal_, config_.pools[index],
        balancer::Pool::Hooks{
            [this, number](auto snapshot) { pool_changed(number, std::move(snapshot)); },
            [this](balancer::SlotNumber slot, balancer::Pool::Ending why) {
              end_sessions_of_slot(slot, why);
            }}));
    places_.doors.emplace_back();
    const auto snapshot = pools_.back()->make_snapshot();
    grow_to_slots();
    for (auto& reactor : reactors_) reactor->add_pool(snapshot, published_);
    directory_.set_pool(number, snapshot);
  }
}

/// Before any selector is made: it reads what every reactor publishes of its slots.
void Server::grow_to_slots() {
  checks_.probes.grow_to(slots_.size());
  places_.occupancies.grow_to(slots_.size());
  for (auto& reactor : reactors_) reactor->backends().grow_to(slots_.size());
}

void Server::make_acceptors() {
  const bool on_reactors = reactors_.size() == 1 || config_.accept == config::AcceptMode::reuseport;
  if (!on_reactors) accept_thread_ = std::make_unique<AcceptThread>(config_.placement, reactors_);

  std::vector<Directory::Listener> entries;
  for (std::size_t index = 0; index < config_.listeners.size(); ++index) {
    const config::ListenerConfig& listener = config_.listeners[index];
    const ListenerSockets::Listener& made = sockets_.listeners()[index];
    entries.push_back({listener.name, made.bound, listener.pool, listener.max_connections});
    const auto number = static_cast<ListenerNumber>(index);
    admission_->add_listener(
        number, listener.max_connections == 0 ? Admission::kUnlimited : listener.max_connections);
    for (auto& reactor : reactors_)
      admission_->add_listener_probe(number, reactor->accounts().listener(number));

    for (std::size_t i = 0; i < made.sockets.size(); ++i) {
      const Acceptor::Listener accepted{listener.name,
                                        number,
                                        pool_number(config_, listener.pool),
                                        made.sockets[i].get(),
                                        made.bound.is_unix(),
                                        made.is_passed};
      // A unix socket has no port to share: such listeners go to the reactors in turn.
      const std::size_t reactor = (made.sockets.size() == 1 ? index : i) % reactors_.size();
      Acceptor& acceptor = on_reactors ? reactors_[reactor]->add_acceptor(accepted, *admission_)
                                       : accept_thread_->add_acceptor(accepted, *admission_);
      acceptors_.push_back(&acceptor);
      admission_->add_acceptor(number, acceptor.probe(), acceptor);
    }
  }
  directory_.set_listeners(std::move(entries));
}

void Server::start() {
  for (const Directory::Listener& listener : directory_.listeners())
    base::log::info("listening on {} (listener {}, pool {})", listener.bound.to_string(),
                    listener.name, listener.pool);
  for (std::size_t number = 0; number < reactors_.size(); ++number)
    reactors_[number]->start(cpu_of(config_.pin, number, reactors_.size()));
  watchdog_->start([this](std::size_t number) { return reactors_[number]->thread(); });
  if (accept_thread_)
    accept_thread_->start();
  else
    for (auto& reactor : reactors_) reactor->post_accepting();
  for (auto& pool : pools_) pool->start();
  base::log::info("serving with {} reactor(s), at most {} connections", reactors_.size(),
                  max_connections());
}

void Server::pool_changed(PoolNumber number,
                          std::shared_ptr<const balancer::PoolSnapshot> snapshot) {
  grow_to_slots();
  for (auto& reactor : reactors_) reactor->post_snapshot(number, snapshot);
  directory_.set_pool(number, snapshot);  // last: what is told is on its way to every reactor
}

void Server::end_sessions_of_slot(balancer::SlotNumber slot, balancer::Pool::Ending why) {
  for (auto& reactor : reactors_) {
    switch (why) {
      case balancer::Pool::Ending::left: reactor->post_end_backend(slot, How::drain); break;
      case balancer::Pool::Ending::unhealthy: reactor->post_end_backend(slot, How::health); break;
      case balancer::Pool::Ending::asked:
        reactor->post_command(Command::end_backend_asked,
                              [slot](SessionCommands& commands) { commands.end_backend(slot); });
        break;
    }
  }
}

template <typename Ask>
Server::Asked Server::ask_pool(std::string_view name, Ask ask) {
  const auto pool = std::find_if(pools_.begin(), pools_.end(),
                                 [&](const auto& each) { return each->name() == name; });
  if (pool == pools_.end()) return Asked::no_pool;
  return ask(**pool) ? Asked::done : Asked::no_backend;
}

Server::Asked Server::set_state(std::string_view pool, std::string_view backend,
                                balancer::Will::State state, bool ends_sessions) {
  return ask_pool(pool, [&](auto& each) { return each.set_state(backend, state, ends_sessions); });
}

Server::Asked Server::set_weight(std::string_view pool, std::string_view backend,
                                 std::optional<unsigned> weight) {
  return ask_pool(pool, [&](auto& each) { return each.set_weight(backend, weight); });
}

Server::Asked Server::end_sessions_of(std::string_view pool, std::string_view backend) {
  return ask_pool(pool, [&](auto& each) { return each.end_sessions(backend); });
}

void Server::post(std::function<void()> work) { boost::asio::post(control_, std::move(work)); }

void Server::recover() {
  for (auto& pool : pools_) pool->recover();
}

void Server::collect_failures() {
  for (auto& reports : reports_)
    reports->collect(
        [this](FailureReport report) { pools_[report.pool]->session_failed(report.slot); });
}

std::function<void()> Server::on_control(std::function<void()> work) {
  return [this, work = std::move(work)] { boost::asio::post(control_, work); };
}

void Server::drain(std::function<void()> drained) {
  drained_ = std::move(drained);
  const auto finished = on_control([this] { listeners_finished(); });
  unfinished_ = accept_thread_ ? 1 : reactors_.size();
  if (accept_thread_) return accept_thread_->post_finish(finished);
  for (auto& reactor : reactors_) reactor->post_finish(finished);
}

void Server::listeners_finished() {
  if (--unfinished_ > 0) return;
  sockets_.close_all();
  base::log::info("listeners closed; waiting for sessions to end");
  unfinished_ = reactors_.size();
  const auto emptied = on_control([this] {
    if (--unfinished_ == 0) drained_();
  });
  for (auto& reactor : reactors_) reactor->post_drain(emptied);
}

void Server::end_sessions() {
  for (auto& reactor : reactors_) reactor->post_end_all(How::drain);
}

}  // namespace weir::proxy
