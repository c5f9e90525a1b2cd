#pragma once

#include "base/check.h"

#include <pthread.h>

namespace weir::base {

/// Says which thread an object belongs to. Methods of reactor-bound types begin with assert_here()
/// (muduo's assertInLoopThread): a call from elsewhere is a broken invariant, not a race to debug.
/// Unbound until bind(), so that an object can be built on one thread and handed to its own.
class ThreadOwner {
 public:
  /// Binds to the calling thread, once for life or again after the former owner has ended.
  void bind() noexcept {
    thread_ = ::pthread_self();
    bound_ = true;
  }
  void assert_here() const noexcept {
    WEIR_CHECK(!bound_ || ::pthread_equal(thread_, ::pthread_self()) != 0);
  }

 private:
  pthread_t thread_{};
  bool bound_ = false;
};

}  // namespace weir::base
