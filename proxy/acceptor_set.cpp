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
  done_ = std::move(done);
  ask_to_finish();
}

/// A want of memory may leave this loop in its middle: whom it has asked goes on by itself.
void AcceptorSet::ask_to_finish() {
  while (asked_ < acceptors_.size())
    acceptors_[asked_++]->finish([this] {
      ++finished_;
      tell_when_finished();
    });
  tell_when_finished();
}

void AcceptorSet::tell_when_finished() {
  if (finished_ < acceptors_.size() || !done_) return;
  done_();
  done_ = nullptr;
}

void AcceptorSet::recover() {
  if (!is_started_) return;
  for (auto& acceptor : acceptors_) acceptor->resume();
  if (done_) ask_to_finish();
}

}  // namespace weir::proxy
