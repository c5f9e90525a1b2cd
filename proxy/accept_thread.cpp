#include "proxy/accept_thread.h"

#include "base/log.h"
#include "base/thread_setup.h"

#include <boost/asio/post.hpp>

#include <unistd.h>

#include <exception>
#include <utility>

namespace weir::proxy {
namespace {

std::vector<const ReactorProbe*> probes_of(const std::vector<std::unique_ptr<Reactor>>& reactors) {
  std::vector<const ReactorProbe*> probes;
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
  acceptors_.push_back(std::make_unique<Acceptor>(context_, std::move(listener), admission, *this));
  return *acceptors_.back();
}

void AcceptThread::start() {
  thread_ = std::thread([this] { run(); });
}

void AcceptThread::run() {
  base::set_up_thread("weir-accept");
  base::make_thread_batch();
  try {
    for (auto& acceptor : acceptors_) acceptor->start();
    context_.run();
  } catch (const std::exception& exception) {
    base::log::error("the accept thread died: {}", exception.what());
    base::log::stop();
    ::_exit(70);  // EX_SOFTWARE; a supervisor starts us again
  }
}

void AcceptThread::post_finish(std::function<void()> done) {
  boost::asio::post(context_, [this, done = std::move(done)] {
    for (auto& acceptor : acceptors_) acceptor->finish();
    done();
  });
}

void AcceptThread::stop_and_join() {
  if (!thread_.joinable()) return;
  context_.stop();
  thread_.join();
}

void AcceptThread::arrived(Arrival arrival) {
  gathered_[placement_.place()].push_back(std::move(arrival));
}

void AcceptThread::turn_ended() {
  for (std::size_t number = 0; number < gathered_.size(); ++number) {
    if (gathered_[number].empty()) continue;
    reactors_[number]->post_arrivals(std::exchange(gathered_[number], {}));
  }
}

}  // namespace weir::proxy
