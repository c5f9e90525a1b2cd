#include "balancer/connect_error.h"

#include <cerrno>

namespace weir::balancer {

ConnectError connect_error_of(int error) noexcept {
  switch (error) {
    case ECONNREFUSED:
    case ENOENT: return ConnectError::refused;
    case EHOSTUNREACH:
    case ENETUNREACH:
    case ENETDOWN:
    case EHOSTDOWN: return ConnectError::unreachable;
    case ETIMEDOUT: return ConnectError::timeout;
    case EADDRNOTAVAIL: return ConnectError::ports;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM: return ConnectError::resources;
    default: return ConnectError::other;
  }
}

}  // namespace weir::balancer
