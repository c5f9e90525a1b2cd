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

std::size_t PoolSnapshot::members_in(std::string_view state) const noexcept {
  return static_cast<std::size_t>(std::count_if(
      members.begin(), members.end(),
      [state](const Member& member) { return state_name(member.standing) == state; }));
}

}  // namespace weir::balancer
