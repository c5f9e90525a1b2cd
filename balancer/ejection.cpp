#include "balancer/ejection.h"

#include <algorithm>

namespace weir::balancer {

void Ejection::eject(base::TimePoint now) noexcept {
  // Whoever has kept out of trouble for as long as an ejection lasts has one of them forgiven.
  if (times_ > 0 && now > until_) {
    const auto quiet = (now - until_) / rules_.shortest;
    times_ -= static_cast<std::uint32_t>(std::min<base::Duration::rep>(quiet, times_));
  }
  ++times_;
  ejected_ = true;
  until_ = now + std::min<base::Duration>(rules_.shortest * times_, rules_.longest);
}

bool Ejection::let_back(base::TimePoint now) noexcept {
  if (!ejected_ || now < until_) return false;
  ejected_ = false;
  return true;
}

}  // namespace weir::balancer
