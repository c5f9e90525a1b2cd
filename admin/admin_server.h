#pragma once

#include "admin/limits.h"
#include "admin/router.h"
#include "base/descriptor.h"

#include <memory>

namespace weir::admin {

/// The HTTP server for the people and programs that watch weir: metrics, health, readiness, status.
/// Runs on a thread of its own, niced, that no client and no fault of a source can bring down or
/// make spin. Owned by main; start() and stop() on main's thread.
///
///     constructed --start()--> serving --stop()--> stopped, for good
class AdminServer {
 public:
  AdminServer(base::Descriptor listening_socket, Sources sources, Rules rules, Limits limits = {});
  AdminServer(const AdminServer&) = delete;
  AdminServer& operator=(const AdminServer&) = delete;
  ~AdminServer();

  /// Throws std::system_error when no thread can be had.
  void start();
  /// Closes the listening socket and every connection, and joins the thread. May be called twice.
  void stop() noexcept;

 private:
  class Impl;  ///< keeps Asio out of this header
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::admin
