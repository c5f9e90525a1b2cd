// Asio's own code, compiled once (BOOST_ASIO_SEPARATE_COMPILATION), so that every other file only
// sees declarations.
#include "base/asio_epoll.h"

#include <boost/asio/impl/src.hpp>

#if !defined(BOOST_ASIO_HAS_EPOLL) || !defined(BOOST_ASIO_HAS_TIMERFD)
#error "weir needs Asio on epoll, with its timers in the same set"
#endif

namespace weir::base {
namespace {

using Reactor = boost::asio::detail::epoll_reactor;

int epoll_set_of_reactor(Reactor& reactor);

/// Names a private member where the language lets one: in an explicit instantiation
/// ([temp.spec.general], paragraph 6).
template <int Reactor::*EpollFd>
struct Reveal {
  friend int epoll_set_of_reactor(Reactor& reactor) { return reactor.*EpollFd; }
};
template struct Reveal<&Reactor::epoll_fd_>;

}  // namespace

int epoll_set_of(boost::asio::io_context& context) {
  return epoll_set_of_reactor(boost::asio::use_service<Reactor>(context));
}

}  // namespace weir::base
