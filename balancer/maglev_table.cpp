#include "balancer/maglev_table.h"

#include "base/check.h"
#include "base/hash.h"

#include <algorithm>

namespace weir::balancer {
namespace {

constexpr std::uint16_t kFree = 0xffff;

/// The order in which one member asks for places: every place once, because the size is prime.
class Preference {
 public:
  explicit Preference(std::string_view name) noexcept
      : next_(base::hash(name, 0) % MaglevTable::kSize),
        skip_(base::hash(name, 1) % (MaglevTable::kSize - 1) + 1) {}
  std::size_t take() noexcept {
    const std::size_t place = next_;
    next_ = (next_ + skip_) % MaglevTable::kSize;
    return place;
  }

 private:
  std::size_t next_;
  std::size_t skip_;
};

}  // namespace

MaglevTable::MaglevTable(const std::vector<Member>& members) : places_(kSize, kFree) {
  WEIR_CHECK(!members.empty() && members.size() <= kMaxMembers);
  std::vector<Preference> preferences;
  std::uint64_t heaviest = 0;
  for (const Member& member : members) {
    preferences.emplace_back(member.name);
    heaviest = std::max<std::uint64_t>(heaviest, member.weight);
  }
  // A member has its turn whenever the sum of its weights reaches another `heaviest`.
  std::vector<std::uint64_t> sums(members.size(), 0);
  for (std::size_t filled = 0;;) {
    for (std::size_t number = 0; number < members.size(); ++number) {
      sums[number] += members[number].weight;
      if (sums[number] < heaviest) continue;
      sums[number] -= heaviest;
      std::size_t place = preferences[number].take();
      while (places_[place] != kFree) place = preferences[number].take();
      places_[place] = static_cast<std::uint16_t>(number);
      if (++filled == kSize) return;
    }
  }
}

}  // namespace weir::balancer
