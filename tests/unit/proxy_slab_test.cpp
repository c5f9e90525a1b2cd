#include "proxy/slab.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace weir::proxy {
namespace {

struct Thing {
  std::uint32_t index = 0;
  std::uint32_t generation = 0;
};

TEST(Slab, FindsAnObjectByNumberAndGeneration) {
  Slab<Thing> slab;
  Thing& thing = slab.create();
  EXPECT_EQ(slab.find(thing.index, thing.generation), &thing);
}

TEST(Slab, ALateNameFindsNothingAfterTheNumberWasReused) {
  Slab<Thing> slab;
  Thing& first = slab.create();
  const std::uint32_t index = first.index;
  const std::uint32_t generation = first.generation;
  slab.destroy(first);
  EXPECT_EQ(slab.find(index, generation), nullptr);
  Thing& second = slab.create();
  ASSERT_EQ(second.index, index);
  EXPECT_EQ(slab.find(index, generation), nullptr);
  EXPECT_EQ(slab.find(index, second.generation), &second);
}

TEST(Slab, ObjectsNeverMoveWhileItGrows) {
  Slab<Thing> slab;
  std::vector<Thing*> things(1'000);
  for (Thing*& thing : things) thing = &slab.create();
  std::set<std::uint32_t> numbers;
  for (Thing* thing : things) {
    EXPECT_EQ(slab.at(thing->index), thing);
    numbers.insert(thing->index);
  }
  EXPECT_EQ(numbers.size(), 1'000u);
  for (Thing* thing : things) slab.destroy(*thing);
  EXPECT_EQ(slab.size(), 0u);
}

TEST(Slab, UnknownNumbersFindNothing) {
  Slab<Thing> slab;
  EXPECT_EQ(slab.find(0, 0), nullptr);
  EXPECT_EQ(slab.at(7), nullptr);
}

}  // namespace
}  // namespace weir::proxy
