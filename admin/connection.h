#pragma once

#include "admin/connection_list.h"
#include "admin/limits.h"
#include "admin/router.h"
#include "base/descriptor.h"

#include <boost/asio/io_context.hpp>

namespace weir::admin {

/// One client of the admin server, from accept to close: reads a request head, writes the answer,
/// and again while the client keeps the connection. Never more than one request at a time; what is
/// pipelined waits in the kernel. Owned by its own coroutine; lives on the admin thread.
class Connection {
 public:
  /// Takes the socket, enters the list and begins to read. Router, limits and list outlive it.
  static void start(boost::asio::io_context& context, base::Descriptor socket, int address_family,
                    Router& router, const Limits& limits, ConnectionList& list);

  /// Leaves the list and closes the socket; what is under way is given up. May be called twice.
  virtual void close() noexcept = 0;

 protected:
  ~Connection() = default;
};

}  // namespace weir::admin
