#pragma once

#include "base/endpoint.h"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace weir::balancer {

/// An address that a name has. Weight and priority are the record's where it has them (SRV), in our
/// terms, else empty.
struct NamedAddress {
  base::Endpoint endpoint;
  std::optional<unsigned> weight{};    ///< 1 to 256
  std::optional<unsigned> priority{};  ///< 0 to 15: a rank, whatever numbers the records have
  bool operator==(const NamedAddress&) const = default;
};

/// Resolves names with c-ares on the control thread's io_context: never blocks, many at once,
/// unlike Asio's resolver, where one slow name holds up the rest (asio #1721). Asks hosts(5) first.
/// Owned by the server.
class Resolver {
 public:
  struct Answer {
    std::vector<NamedAddress> addresses;  ///< every one; none: see error
    std::chrono::seconds ttl{0};          ///< of the record that is forgotten first
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

  /// The addresses of a host (A and AAAA), with that port.
  void resolve(const std::string& name, std::uint16_t port, Answered answered);
  /// Those of all targets of a service (SRV, RFC 2782), with their ports. When one target has no
  /// answer there is none at all, so that nobody takes the others for everything.
  void resolve_service(const std::string& name, Answered answered);

 private:
  class Channel;
  std::unique_ptr<Channel> channel_;
};

}  // namespace weir::balancer
