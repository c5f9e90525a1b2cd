#include "balancer/maglev.h"

namespace weir::balancer {
namespace {

/// Places looked at for one pick. Neighbours differ, so a few dozen find anybody who is not rare.
constexpr std::size_t kPlaces = 256;

}  // namespace

/// The first place from the key's on whose entry is accepted.
template <typename Accepts>
std::optional<std::size_t> Maglev::find(std::uint64_t key, Accepts accepts) const {
  const MaglevTable& table = *roster_.pool().maglev;
  for (std::size_t step = 0; step < kPlaces; ++step) {
    const std::size_t place = table[(key + step) % MaglevTable::kSize];
    if (accepts(place)) return place;
  }
  for (std::size_t step = 0; step < roster_.size(); ++step) {
    const std::size_t place = (key + step) % roster_.size();
    if (accepts(place)) return place;
  }
  return {};
}

std::optional<std::uint32_t> Maglev::pick(const PickRequest& request) {
  bound_.begin();
  return roster_.pick(
      request,
      [&](auto accepts) {
        const auto has_room = [&](std::size_t at) { return accepts(at) && bound_.has_room(at); };
        const std::optional<std::size_t> place = find(request.key, has_room);
        return place ? place : find(request.key, accepts);
      },
      Roster::Trials::in_turn);
}

}  // namespace weir::balancer
