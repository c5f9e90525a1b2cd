#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace weir::balancer {

/// What an answer of DNS says of a service (SRV, RFC 2782), in weir's terms. Pure.
struct ServiceRecords {
  struct Target {
    std::string host;
    std::uint16_t port = 0;
    unsigned weight = 1;    ///< 1 to 256, in proportion; the record's 0 is the least there is
    unsigned priority = 0;  ///< 0 to 15: the rank among the record's; what comes after is the last
    bool operator==(const Target&) const = default;
  };
  std::vector<Target> targets;
  std::chrono::seconds ttl{0};  ///< of the record that is forgotten first
  std::string error;            ///< where there are no targets

  /// Of the bytes of a whole message, from whoever may answer. Throws std::bad_alloc.
  static ServiceRecords parse(const unsigned char* bytes, int size);
};

}  // namespace weir::balancer
