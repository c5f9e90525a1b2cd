#include "config/nearest.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace weir::config {
namespace {

constexpr std::array<std::string_view, 5> kWords = {"connect_timeout", "idle_timeout", "pool",
                                                    "admin", "pin"};

TEST(ConfigNearest, ForgivesOneSlipInThreeLetters) {
  EXPECT_EQ(nearest("conect_timeout", kWords), "connect_timeout");
  EXPECT_EQ(nearest("connect-timeout", kWords), "connect_timeout");
  EXPECT_EQ(nearest("idletimeout", kWords), "idle_timeout");
  EXPECT_EQ(nearest("admni", kWords), "admin") << "swapped neighbours are one slip";
  EXPECT_EQ(nearest("pools", kWords), "pool");
}

TEST(ConfigNearest, PrefersTheNearest) {
  constexpr std::array<std::string_view, 3> kAlike = {"cache_a", "cache_bb", "cache"};
  EXPECT_EQ(nearest("cache_b", kAlike), "cache_a") << "both are one slip away: the first wins";
  EXPECT_EQ(nearest("cache", kAlike), "cache");
}

TEST(ConfigNearest, KeepsQuietWhenNothingIsNear) {
  EXPECT_EQ(nearest("backend", kWords), std::nullopt);
  EXPECT_EQ(nearest("", kWords), std::nullopt);
  EXPECT_EQ(nearest("x", std::array<std::string_view, 1>{"y"}), std::nullopt);
  EXPECT_EQ(nearest("pool", {}), std::nullopt);
  EXPECT_EQ(nearest(std::string(100'000, 'a'), kWords), std::nullopt);
}

TEST(ConfigNearest, AsksOnlyWhenThereIsSomethingToAsk) {
  EXPECT_EQ(did_you_mean("pol", kWords), "Did you mean 'pool'?");
  EXPECT_EQ(did_you_mean("backend", kWords), "");
}

TEST(ConfigNearest, CutsLongLists) {
  EXPECT_EQ(listed(kWords), "connect_timeout, idle_timeout, pool, admin, pin");
  const std::vector<std::string_view> many(40, "a");
  EXPECT_EQ(listed(many), "a, a, a, a, a, a, a, a, a, a, a, a, ...");
}

}  // namespace
}  // namespace weir::config
