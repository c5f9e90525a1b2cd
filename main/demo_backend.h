#pragma once

#include "base/endpoint.h"

#include <boost/asio/io_context.hpp>

#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace weir {

/// A backend for demonstrations: answers every HTTP request with its own name. All of them run on
/// one thread of their own, apart from the proxy's. Owned by the demo.
class DemoBackends {
 public:
  DemoBackends();
  /// Joins the thread; what is connected is closed.
  ~DemoBackends();
  DemoBackends(const DemoBackends&) = delete;
  DemoBackends& operator=(const DemoBackends&) = delete;

  /// Listens on that address (port 0: any) and answers under that name. Before start().
  /// Throws boost::system::system_error when the address cannot be had.
  base::Endpoint add(const std::string& name, const base::Endpoint& address);
  void start();
  void stop();

 private:
  class Backend;
  boost::asio::io_context context_;
  std::vector<std::unique_ptr<Backend>> backends_;
  std::thread thread_;
};

}  // namespace weir
