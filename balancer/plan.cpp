#include "balancer/plan.h"

#include <algorithm>
#include <map>

namespace weir::balancer {
namespace {

constexpr std::uint64_t kWhole = 10'000;  // shares of load are counted in hundredths of a percent

constexpr std::uint64_t kMostWeight = 1'000'000'000;

struct Tier {
  std::uint64_t members = 0;
  std::uint64_t eligible = 0;
  std::uint64_t weight = 0;  ///< of the eligible ones, slow start included
  std::uint64_t share = 0;   ///< of kWhole
};
using Tiers = std::map<std::uint32_t, Tier>;

std::uint32_t warm_weight(const Plan::Member& member) noexcept {
  const std::uint32_t weight = member.weight * Plan::kScale * member.warmth_percent / 100;
  return member.weight == 0 ? 0 : std::max(weight, 1U);
}

Tiers tiers_of(const std::vector<Plan::Member>& members) {
  Tiers tiers;
  for (const Plan::Member& member : members) {
    if (member.weight == 0) continue;
    Tier& tier = tiers[member.priority];
    ++tier.members;
    if (!eligible(member.standing)) continue;
    ++tier.eligible;
    tier.weight += warm_weight(member);
  }
  return tiers;
}

void divide_load(Tiers& tiers, std::uint64_t overprovisioning_percent) noexcept {
  std::uint64_t left = kWhole;
  for (auto& [priority, tier] : tiers) {
    if (tier.eligible == 0) continue;
    const std::uint64_t bears =
        kWhole * tier.eligible * overprovisioning_percent / (tier.members * 100);
    tier.share = std::min(left, std::max<std::uint64_t>(bears, 1));
    left -= tier.share;
  }
  const std::uint64_t borne = kWhole - left;
  if (borne == 0 || left == 0) return;
  // All tiers together cannot bear the whole: each takes more, in proportion.
  for (auto& [priority, tier] : tiers) tier.share = tier.share * kWhole / borne;
}

const Tier* first_serving(const Tiers& tiers) noexcept {
  for (const auto& [priority, tier] : tiers)
    if (tier.share > 0) return &tier;
  return nullptr;
}

/// The first tier that serves keeps its weights as they are; those of the others are scaled so that
/// the tiers' sums are as their shares.
std::uint64_t scaled(std::uint64_t weight, const Tier& tier, const Tier& first) noexcept {
  if (&tier == &first) return weight;
  if (tier.share == 0) return 0;
  const double ratio = static_cast<double>(tier.share) / static_cast<double>(first.share) *
                       static_cast<double>(first.weight) / static_cast<double>(tier.weight);
  return std::clamp<std::uint64_t>(
      static_cast<std::uint64_t>(static_cast<double>(weight) * ratio + 0.5), 1, kMostWeight);
}

}  // namespace

Plan Plan::of(const std::vector<Member>& members, const Rules& rules) {
  Tiers tiers = tiers_of(members);
  std::uint64_t all = 0;
  std::uint64_t eligible_ones = 0;
  for (const auto& [priority, tier] : tiers) {
    all += tier.members;
    eligible_ones += tier.eligible;
  }
  Plan plan;
  plan.panic = all > 0 && eligible_ones * 100 < rules.panic_percent * all;
  if (!plan.panic) divide_load(tiers, rules.overprovisioning_percent);
  const Tier* const first = first_serving(tiers);
  for (const Member& member : members) {
    std::uint64_t weight = 0;
    if (plan.panic) {
      if (eligible_in_panic(member.standing)) weight = std::uint64_t{member.weight} * kScale;
    } else if (member.weight > 0 && eligible(member.standing)) {
      weight = scaled(warm_weight(member), tiers[member.priority], *first);
    }
    plan.weights.push_back(static_cast<std::uint32_t>(weight));
  }
  return plan;
}

std::uint32_t warmth_percent(base::TimePoint since, base::TimePoint now, base::Duration duration) {
  if (duration <= base::Duration::zero() || now - since >= duration) return 100;
  const auto percent = static_cast<std::uint32_t>((now - since) * 100 / duration);
  return std::max(percent, Plan::kSlowestPercent);
}

std::uint32_t warm_limit(std::uint32_t limit, std::uint32_t warmth_percent) noexcept {
  if (limit == 0) return 0;
  const std::uint64_t part = std::uint64_t{limit} * warmth_percent / 100;
  return std::max(static_cast<std::uint32_t>(part), 1U);
}

}  // namespace weir::balancer
