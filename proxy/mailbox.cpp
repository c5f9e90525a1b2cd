#include "proxy/mailbox.h"

#include <sys/eventfd.h>

#include <cerrno>
#include <system_error>

namespace weir::proxy {

Mailbox::Mailbox(boost::asio::io_context& context)
    : context_(context), event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!event_) throw std::system_error(errno, std::generic_category(), "eventfd");
}

void Mailbox::wake() noexcept {
  ::eventfd_write(event_.get(), 1);  // fails only at 2^64 - 2 wake-ups
}

}  // namespace weir::proxy
