#pragma once

#include "base/clock.h"
#include "base/descriptor.h"
#include "proxy/client_address.h"
#include "proxy/session_state.h"

#include <cstddef>

namespace weir::proxy {

/// An accepted connection on its way to its reactor: the bare descriptor and what accept4 told.
/// Owns the descriptor, so a hand-off that fails closes it.
struct Arrival {
  base::Descriptor socket;
  ClientAddress client;
  ListenerNumber listener = 0;
  PoolNumber pool = 0;
  bool is_unix = false;
  base::TimePoint accepted_at;
};

/// Where an acceptor brings its arrivals: the reactor it lives on, or the placement over all.
class ArrivalSink {
 public:
  virtual void arrived(Arrival arrival) = 0;
  /// The acceptor's turn is over: hand over what has been gathered.
  /// @return how many of them were closed for want of memory, and reached no reactor
  [[nodiscard]] virtual std::size_t turn_ended() = 0;

 protected:
  ~ArrivalSink() = default;
};

}  // namespace weir::proxy
