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
  /// none. Whatever finds no memory in it, recover() takes up again.
  void finish(std::function<void()> done);
  /// After std::bad_alloc has left the thread's loop; throws it too.
  void recover();

 private:
  void ask_to_finish();
  void tell_when_finished();

  std::vector<std::unique_ptr<Acceptor>> acceptors_;
  bool is_started_ = false;
  std::size_t asked_ = 0;  ///< of the acceptors, to finish
  std::size_t finished_ = 0;
  std::function<void()> done_;  ///< while finishing, until it has run to its end
};

}  // namespace weir::proxy
