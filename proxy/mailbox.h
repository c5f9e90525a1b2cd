#pragma once

#include "base/event.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <utility>

namespace weir::proxy {

/// Where other threads leave work for a reactor: its io_context, and a descriptor that wakes the
/// loop, which does not wait inside Asio (see Loop). Owned by the reactor.
class Mailbox {
 public:
  /// Throws std::system_error when there is no descriptor left.
  explicit Mailbox(boost::asio::io_context& context) : context_(context) {}

  /// Any thread: has `work` called on the loop's thread. Throws std::bad_alloc.
  template <typename Work>
  void post(Work&& work) {
    boost::asio::post(context_, std::forward<Work>(work));
    wake();
  }
  /// Any thread: lets the loop look at its io_context.
  void wake() noexcept { event_.signal(); }
  [[nodiscard]] int descriptor() const noexcept { return event_.descriptor(); }

 private:
  boost::asio::io_context& context_;
  base::Event event_;
};

}  // namespace weir::proxy
