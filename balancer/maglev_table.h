#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace weir::balancer {

/// A lookup table of a prime number of places in which each member has its share and which hardly
/// changes when members come or go. Source: Eisenbud et al., "Maglev: A Fast and Reliable Software
/// Network Load Balancer" (NSDI 2016), section 3.4; weights as in Envoy (maglev_lb.cc): a member
/// of half the weight has its turn half as often. Built by the control thread, then never changed;
/// all reactors read the one in the snapshot.
class MaglevTable {
 public:
  struct Member {
    std::string_view name;  ///< decides where it stands
    std::uint32_t weight;   ///< above 0
  };

  /// A prime, the same for every pool, because another one would move every client: 128 KiB, and
  /// 65 places each for a thousand members. A share that is less than one place is none.
  static constexpr std::size_t kSize = 65'537;

  /// Members have numbers of 16 bits, and one number stands for a free place.
  static constexpr std::size_t kMaxMembers = 65'535;

  /// 1 to kMaxMembers of them.
  explicit MaglevTable(const std::vector<Member>& members);

  /// Which of the members, by its number.
  [[nodiscard]] std::uint32_t operator[](std::size_t place) const noexcept {
    return places_[place];
  }

 private:
  std::vector<std::uint16_t> places_;
};

}  // namespace weir::balancer
