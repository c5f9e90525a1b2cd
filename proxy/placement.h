#pragma once

#include "base/clock.h"
#include "config/config.h"
#include "proxy/probes.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace weir::proxy {

/// Chooses the reactor of a new connection. `least_loaded` takes the one with the fewest sessions:
/// what was placed here less what the reactor has ended since, so the figure is right within a
/// burst that no reactor has heard of yet; equal ones go by their recent busy share, then in
/// rotation. A reactor in a stall gets nothing new while another is not. Owned by the accept
/// thread, the only one that places.
class Placement {
 public:
  Placement(config::Placement policy, std::vector<const ReactorProbe*> reactors);

  /// The number of the chosen reactor, which is counted as having it.
  std::size_t place(base::TimePoint now) noexcept;
  /// So many of those never reached it.
  void lost(std::size_t reactor, std::size_t count) noexcept { placed_[reactor] -= count; }

 private:
  [[nodiscard]] std::size_t least_loaded(base::TimePoint now) const noexcept;
  [[nodiscard]] std::size_t next_in_turn() const noexcept;
  [[nodiscard]] bool is_stalled(std::size_t number) const noexcept;

  config::Placement policy_;
  std::vector<const ReactorProbe*> reactors_;
  std::vector<std::uint64_t> placed_;
  std::size_t rotation_ = 0;
};

}  // namespace weir::proxy
