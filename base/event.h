#pragma once

#include "base/descriptor.h"

namespace weir::base {

/// What wakes a loop on another thread: an eventfd, to be watched edge-triggered; it is never read.
class Event {
 public:
  /// Throws std::system_error when there is no descriptor left.
  Event();

  /// Any thread.
  void signal() noexcept;
  [[nodiscard]] int descriptor() const noexcept { return descriptor_.get(); }

 private:
  Descriptor descriptor_;
};

}  // namespace weir::base
