#include "balancer/credits.h"

#include <algorithm>

namespace weir::balancer {

Credits::Credits(const Roster& roster, PickMemory& memory, unsigned rotation)
    : roster_(roster), memory_(memory) {
  std::int64_t sum = 0;
  for (const Roster::Entry& entry : roster_.entries()) sum += entry.weight;
  // Weights may have another scale than when the credits were left, or a member have been away.
  for (const Roster::Entry& entry : roster_.entries())
    credits_.push_back(std::clamp(memory_.credits[entry.slot], -sum, sum));
  if (credits_.empty()) return;
  for (auto skip = rotation % credits_.size(); skip > 0; --skip)
    static_cast<void>(charge([](std::size_t) { return true; }));
}

void Credits::leave() const noexcept {
  for (std::size_t place = 0; place < credits_.size(); ++place)
    memory_.credits[roster_[place].slot] = credits_[place];
}

}  // namespace weir::balancer
