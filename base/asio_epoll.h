#pragma once

#include <boost/asio/io_context.hpp>

namespace weir::base {

/// The epoll set in which Asio waits for this context's descriptors and timers. Readable when one
/// of them has something to do; posts do not show in it. Owned by the context. For a loop that
/// waits for more than Asio does: Asio has no public name for it, so this reads a private member,
/// and a Boost in which that has another name does not compile.
int epoll_set_of(boost::asio::io_context& context);

}  // namespace weir::base
