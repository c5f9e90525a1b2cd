#include "balancer/pool_snapshot.h"

namespace weir::balancer {

std::shared_ptr<const MaglevTable> maglev_table_of(const std::vector<Member>& members) {
  std::vector<MaglevTable::Member> entries;
  for (const Member& member : members)
    if (member.effective_weight > 0 && entries.size() < MaglevTable::kMaxMembers)
      entries.push_back({member.name, member.effective_weight});
  if (entries.empty()) return nullptr;
  return std::make_shared<MaglevTable>(entries);
}

}  // namespace weir::balancer
