#pragma once

#include "base/endpoint.h"

#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace weir::balancer {

/// Resolves names with c-ares on the control thread's io_context: never blocks, many at once,
/// unlike Asio's resolver, where one slow name holds up the rest (asio #1721). Asks hosts(5) and
/// the system's name servers. Owned by the server.
class Resolver {
 public:
  /// Every address of the name with the port asked for, or an error text and none.
  using Answer = std::function<void(std::vector<base::Endpoint> addresses, std::string error)>;

  /// Throws std::runtime_error when c-ares cannot start (no memory, unreadable configuration).
  explicit Resolver(boost::asio::io_context& context);
  /// What is under way is dropped: its answers are not called.
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  void resolve(const std::string& name, std::uint16_t port, Answer answer);

 private:
  class Channel;
  std::unique_ptr<Channel> channel_;
};

}  // namespace weir::balancer
