#include "proxy/accept_thread.h"

#include "base/fault_point.h"
#include "base/log.h"
#include "base/thread_setup.h"
#include "proxy/run_context.h"

#include <boost/asio/post.hpp>

#include <unistd.h>

#include <exception>
#include <new>
#include <utility>

namespace weir::proxy {
namespace {

std::vector<const ReactorProbe*> probes_of(const std::vector<std::unique_ptr<Reactor>>& reactors) {
  std::vector<const ReactorProbe*> probes;
  probes.reserve(reactors.size());
  for (const auto& reactor : reactors) probes.push_back(&reactor->probe());
  return probes;
}

}  // namespace

AcceptThread::AcceptThread(config::Placement policy,
                           const std::vector<std::unique_ptr<Reactor>>& reactors)
    : reactors_(reactors),
      context_(1),
      placement_(policy, probes_of(reactors)),
      gathered_(reactors.size()),
      work_(context_.get_executor()) {}

AcceptThread::~AcceptThread() { stop_and_join(); }

Acceptor& AcceptThread::add_acceptor(Acceptor::Listener listener, Admission& admission) {
  auto watch = std::make_unique<ContextListenWatch>(context_, listener.socket);
  return acceptors_.add(std::make_unique<Acceptor>(context_, std::move(watch), std::move(listener),
                                                   admission, *this));
}

void AcceptThread::start() {
  thread_ = std::thread([this] { run(); });
}

void AcceptThread::run() {
  base::set_up_thread("weir-accept");
  base::make_thread_batch();
  try {
    base::log::prepare_thread();
    run_context(
        context_, "accept thread", [this] { acceptors_.start(); }, [this] { context_.run(); },
        [this] { acceptors_.recover(); });
  } catch (const std::exception& exception) {
    base::log::error("the accept thread died: {}", exception.what());
    base::log::stop();
    ::_exit(70);  // EX_SOFTWARE; a supervisor starts us again
  }
}

void AcceptThread::post_finish(std::function<void()> done) {
  boost::asio::post(
      context_, [this, done = std::move(done)]() mutable { acceptors_.finish(std::move(done)); });
}

void AcceptThread::stop_and_join() {
  if (!thread_.joinable()) return;
  context_.stop();
  thread_.join();
}

void AcceptThread::arrived(Arrival arrival) {
  const std::size_t chosen = placement_.place(arrival.accepted_at);
  try {
    gathered_[chosen].push_back(std::move(arrival));
  } catch (const std::bad_alloc&) {
    lose(chosen, 1);  // its descriptor closes with it
  }
}

std::size_t AcceptThread::turn_ended() {
  for (std::size_t number = 0; number < gathered_.size(); ++number) {
    const std::size_t count = gathered_[number].size();
    if (count == 0) continue;
    try {
      WEIR_FAULT_POINT("accept_thread.post");
      reactors_[number]->post_arrivals(gathered_[number]);
    } catch (const std::bad_alloc&) {
      gathered_[number].clear();
      lose(number, count);
    }
  }
  return std::exchange(lost_, 0);
}

void AcceptThread::lose(std::size_t reactor, std::size_t count) noexcept {
  placement_.lost(reactor, count);
  lost_ += count;
}

}  // namespace weir::proxy
