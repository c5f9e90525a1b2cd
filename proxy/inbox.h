#pragma once

#include "proxy/arrival.h"
#include "proxy/bell.h"

#include <functional>
#include <mutex>
#include <vector>

namespace weir::proxy {

/// Where the accept thread leaves a reactor's connections, a batch at a time. Not a post to its
/// io_context, which costs an allocation for each batch and the loop two more waits, and which
/// wakes it for each although it has been woken already. Owned by the reactor.
class Inbox final {
 public:
  /// Before the engine starts. Throws std::system_error when there is no descriptor left.
  Inbox(Engine& engine, std::function<void(std::vector<Arrival>&)> take);

  /// Any thread: takes the batch, and leaves it empty. Throws std::bad_alloc, with nothing taken.
  void put(std::vector<Arrival>& batch);
  /// The reactor's thread: hands on what is there; `take` must leave nothing in it that matters.
  void empty();

 private:
  const std::function<void(std::vector<Arrival>&)> take_;
  Bell bell_;
  std::mutex mutex_;
  std::vector<Arrival> waiting_;  ///< under the mutex
  std::vector<Arrival> taken_;    ///< of the reactor's thread: gives its room back to waiting_
};

}  // namespace weir::proxy
