#include "proxy/bell.h"

#include <sys/eventfd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace weir::proxy {

Bell::Bell(Engine& engine, std::function<void()> rung)
    : rung_(std::move(rung)), event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!event_) throw std::system_error(errno, std::generic_category(), "eventfd");
  engine.watch(event_.get(), Engine::Trigger::edge, *this);
}

void Bell::ring() noexcept {
  ::eventfd_write(event_.get(), 1);  // fails only at 2^64 - 2 of them
}

}  // namespace weir::proxy
