#pragma once

#include "base/endpoint.h"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace weir::balancer {

/// Resolves names with c-ares on the control thread's io_context: never blocks, many at once,
/// unlike Asio's resolver, where one slow name holds up the rest (asio #1721). Asks hosts(5) first.
/// Owned by the server.
class Resolver {
 public:
  struct Answer {
    /// Every address of the name with the port asked for; none: see error.
    std::vector<base::Endpoint> addresses;
    std::chrono::seconds ttl{0};  ///< of the record that is forgotten first
    std::string error;
  };
  using Answered = std::function<void(Answer)>;

  /// A server that is silent is given up after so long, and asked so often.
  static constexpr std::chrono::milliseconds kPatience{2000};
  static constexpr int kTries = 2;

  /// Asks those name servers; none: the system's. Throws std::runtime_error when c-ares cannot
  /// start (no memory, unreadable configuration).
  Resolver(boost::asio::io_context& context, const std::vector<base::Endpoint>& nameservers);
  /// What is under way is dropped: its answers are not called.
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  void resolve(const std::string& name, std::uint16_t port, Answered answered);

 private:
  class Channel;
  std::unique_ptr<Channel> channel_;
};

}  // namespace weir::balancer
