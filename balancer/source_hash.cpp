#include "balancer/source_hash.h"

#include "base/hash.h"

#include <limits>

namespace weir::balancer {
namespace {

/// Points of a key, one after the other: what WeightedDraw takes for a source of chance.
class Rehash {
 public:
  using result_type = std::uint64_t;
  explicit Rehash(std::uint64_t key) noexcept : key_(key) {}
  static constexpr result_type min() noexcept { return 0; }
  static constexpr result_type max() noexcept { return std::numeric_limits<result_type>::max(); }
  result_type operator()() noexcept { return base::hash(key_, attempt_++); }

 private:
  std::uint64_t key_;
  std::uint64_t attempt_ = 0;
};

}  // namespace

SourceHash::SourceHash(std::shared_ptr<const PoolSnapshot> pool, const Published& published,
                       PickMemory& memory)
    : roster_(std::move(pool), memory.failures),
      draw_(roster_.pool()),
      places_(roster_.pool().members.size(), kNone),
      bound_(roster_, published) {
  for (std::size_t place = 0; place < roster_.size(); ++place)
    places_[roster_[place].index] = place;
}

std::optional<std::uint32_t> SourceHash::pick(const PickRequest& request) {
  bound_.begin();
  const auto find = [&](auto accepts) -> std::optional<std::size_t> {
    Rehash points(request.key);
    const auto member = draw_.draw(points, [&](std::size_t index) {
      return places_[index] != kNone && accepts(places_[index]);
    });
    if (!member) return {};
    return places_[*member];
  };
  return roster_.pick(
      request,
      [&](auto accepts) {
        const auto place = find([&](std::size_t at) { return accepts(at) && bound_.has_room(at); });
        return place ? place : find(accepts);  // or those with room cannot be had
      },
      Roster::Trials::in_turn);
}

}  // namespace weir::balancer
