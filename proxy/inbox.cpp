#include "proxy/inbox.h"

#include <sys/eventfd.h>

#include <cerrno>
#include <iterator>
#include <system_error>
#include <utility>

namespace weir::proxy {

Inbox::Inbox(Engine& engine, std::function<void(std::vector<Arrival>&)> take)
    : take_(std::move(take)), event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!event_) throw std::system_error(errno, std::generic_category(), "eventfd");
  engine.watch(event_.get(), Engine::Trigger::edge, *this);
}

void Inbox::put(std::vector<Arrival>& batch) {
  bool is_told = false;
  {
    const std::lock_guard lock(mutex_);
    is_told = !waiting_.empty();
    if (is_told)
      waiting_.insert(waiting_.end(), std::make_move_iterator(batch.begin()),
                      std::make_move_iterator(batch.end()));
    else
      waiting_.swap(batch);
  }
  batch.clear();
  if (!is_told) ::eventfd_write(event_.get(), 1);  // fails only at 2^64 - 2 of them
}

void Inbox::empty() {
  taken_.clear();
  {
    const std::lock_guard lock(mutex_);
    taken_.swap(waiting_);
  }
  if (!taken_.empty()) take_(taken_);
}

}  // namespace weir::proxy
