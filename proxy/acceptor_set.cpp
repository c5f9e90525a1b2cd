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
  done_ = std::move(done);
  for (auto& acceptor : acceptors_)
    acceptor->finish([this] {
      --unfinished_;
      tell_when_finished();
    });
  if (acceptors_.empty()) tell_when_finished();
}

void AcceptorSet::tell_when_finished() {
  if (unfinished_ > 0 || !done_) return;
  done_();
  done_ = nullptr;
}

void AcceptorSet::recover() {
  if (!is_started_) return;
  for (auto& acceptor : acceptors_) acceptor->resume();
  tell_when_finished();
}

}  // namespace weir::proxy
