#include "proxy/inbox.h"

#include <iterator>
#include <utility>

namespace weir::proxy {

Inbox::Inbox(Engine& engine, std::function<void(std::vector<Arrival>&)> take)
    : take_(std::move(take)), bell_(engine, Work::arrivals, [this] { empty(); }) {}

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
  if (!is_told) bell_.ring();
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
