#pragma once

#include "proxy/acceptor.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

namespace weir::proxy {

/// The acceptors of one thread: those of the accept thread, or of a reactor that accepts for
/// itself. Owned by that thread's owner; used on it once start() has been called.
class AcceptorSet {
 public:
  /// Before the thread starts.
  Acceptor& add(std::unique_ptr<Acceptor> acceptor);

  void start();
  /// Lets each take what is queued and close; calls `done` after the last, at once if there is
  /// none. When `done` finds no memory, recover() calls it again.
  void finish(std::function<void()> done);
  /// After std::bad_alloc has left the thread's loop; throws it too.
  void recover();

 private:
  void tell_when_finished();

  std::vector<std::unique_ptr<Acceptor>> acceptors_;
  bool is_started_ = false;
  std::size_t unfinished_ = 0;
  std::function<void()> done_;  ///< until it has run to its end
};

}  // namespace weir::proxy
