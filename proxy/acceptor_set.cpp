#include "proxy/acceptor_set.h"

#include <utility>

namespace weir::proxy {

Acceptor& AcceptorSet::add(std::unique_ptr<Acceptor> acceptor) {
  return *acceptors_.emplace_back(std::move(acceptor));
}

void AcceptorSet::start() {
  is_started_ = true;
  for (auto& acceptor : acceptors_) acceptor->bind_thread();
  recover();
}

void AcceptorSet::finish(std::function<void()> done) {
  unfinished_ = acceptors_.size();
  if (unfinished_ == 0) return done();
  done_ = std::move(done);
  for (auto& acceptor : acceptors_)
    acceptor->finish([this] {
      if (--unfinished_ == 0) done_();
    });
}

void AcceptorSet::recover() {
  if (!is_started_) return;
  for (auto& acceptor : acceptors_) acceptor->resume();
}

}  // namespace weir::proxy
