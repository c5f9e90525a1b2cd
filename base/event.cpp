#include "base/event.h"

#include <sys/eventfd.h>

#include <cerrno>
#include <system_error>

namespace weir::base {

Event::Event() : descriptor_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!descriptor_) throw std::system_error(errno, std::generic_category(), "eventfd");
}

void Event::signal() noexcept {
  ::eventfd_write(descriptor_.get(), 1);  // fails only at 2^64 - 2 of them
}

}  // namespace weir::base
