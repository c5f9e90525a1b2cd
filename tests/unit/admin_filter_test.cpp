#include "admin/text_filter.h"
#include "admin/uri.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace weir::admin {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(AdminUri, SplitsAPathBeforeItDecodes) {
  EXPECT_THAT(path_parts("/"), ElementsAre(""));
  EXPECT_THAT(path_parts("/a/b%2Fc/%20"), ElementsAre("a", "b/c", " "));
  EXPECT_THAT(path_parts(""), IsEmpty());
  EXPECT_THAT(path_parts("http://host/a"), IsEmpty());
  for (const char* bad : {"/%", "/%4", "/%zz", "/a%2"}) EXPECT_THROW(path_parts(bad), BadRequest);
}

TEST(AdminUri, ReadsAQuery) {
  const Query query("filter=a+b%2Bc&limit=7&empty=", {"filter", "limit", "empty", "other"});
  EXPECT_EQ(query.text("filter"), "a b+c");
  EXPECT_EQ(query.number("limit", 1, 10), 7u);
  EXPECT_EQ(query.number("other", 1, 10), 1u);
  EXPECT_EQ(query.text("empty"), "");
  EXPECT_THROW((void)query.number("limit", 1, 6), BadRequest);
  EXPECT_THROW((void)query.number("filter", 1, 10), BadRequest);
  EXPECT_THROW(Query("a=1", {"b"}), BadRequest);
  EXPECT_THROW(Query("a=1&a=1", {"a"}), BadRequest);
  EXPECT_THROW(Query("a=%", {"a"}), BadRequest);
}

TEST(AdminTextFilter, CutsWordsAndKnowsFieldsFromAddresses) {
  const TextFilter filter = TextFilter::of("  pool:Web 10.0.0.1:80  x:y ", {"pool", "client"});
  ASSERT_THAT(filter.words, SizeIs(3));
  EXPECT_EQ(filter.words[0].field, "pool");
  EXPECT_EQ(filter.words[0].text, "web");
  EXPECT_EQ(filter.words[1].field, "");
  EXPECT_EQ(filter.words[1].text, "10.0.0.1:80");
  EXPECT_EQ(filter.words[2].text, "x:y");
  EXPECT_THAT(TextFilter::of("   ", {}).words, IsEmpty());
}

TEST(AdminTextFilter, AWordIsInAValueOfItsFieldWhateverTheCase) {
  const TextFilter::Word any{"", "web"};
  EXPECT_TRUE(any.is_in("pool", "WebSite"));
  EXPECT_TRUE(any.is_in("client", "a.web.b"));
  EXPECT_FALSE(any.is_in("pool", "we b"));
  const TextFilter::Word pool{"pool", "web"};
  EXPECT_TRUE(pool.is_in("pool", "web"));
  EXPECT_FALSE(pool.is_in("client", "web"));
}

TEST(AdminTextFilter, RefusesWhatNobodyTypes) {
  EXPECT_THROW(TextFilter::of(std::string(TextFilter::kMostLetters + 1, 'a'), {}), BadRequest);
  std::string words;
  for (std::size_t i = 0; i < TextFilter::kMostWords; ++i) words += "a ";
  EXPECT_THAT(TextFilter::of(words, {}).words, SizeIs(TextFilter::kMostWords));
  EXPECT_THROW(TextFilter::of(words + "a", {}), BadRequest);
}

}  // namespace
}  // namespace weir::admin
