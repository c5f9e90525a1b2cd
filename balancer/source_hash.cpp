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

std::optional<std::uint32_t> SourceHash::pick(const PickRequest& request) {
  bound_.begin();
  return roster_.pick(request, [&](auto accepts) {
    const auto has_room = [&](std::size_t place) {
      return accepts(place) && bound_.has_room(place);
    };
    Rehash bounded(request.key);
    const std::optional<std::size_t> place = draw_.draw(bounded, has_room);
    if (place) return place;
    Rehash unbounded(request.key);  // those with room cannot be had
    return draw_.draw(unbounded, accepts);
  });
}

}  // namespace weir::balancer
