#pragma once

#include "balancer/connect_error.h"
#include "balancer/slot_array.h"
#include "proxy/short_time.h"

#include <array>
#include <cstddef>
#include <span>

namespace weir::proxy {

/// The connects of a session that failed, for its access line. Few sessions have any, so a session
/// keeps a pointer to them. Of more than kMost the first are kept. Owned by its session, used on
/// its reactor's thread.
class Setbacks {
 public:
  static constexpr std::size_t kMost = 4;

  struct FailedConnect {
    balancer::SlotNumber slot = 0;
    ShortTime took{0};
    balancer::ConnectError error = balancer::ConnectError::other;
  };

  void add(const FailedConnect& failed) noexcept {
    if (count_ < kMost) kept_[count_++] = failed;
  }
  [[nodiscard]] std::span<const FailedConnect> kept() const noexcept {
    return std::span(kept_).first(count_);
  }

 private:
  std::array<FailedConnect, kMost> kept_{};
  std::size_t count_ = 0;
};

}  // namespace weir::proxy
