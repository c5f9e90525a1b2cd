#include "proxy/session_search.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <netinet/in.h>

#include <chrono>
#include <string>
#include <vector>

namespace weir::proxy {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Term = SessionSearch::Term;

SessionRow row(std::uint32_t index, int age_s = 0) {
  sockaddr_storage storage{};
  auto& address = reinterpret_cast<sockaddr_in&>(storage);
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(0x0a000000 + index);
  address.sin_port = htons(80);
  SessionRow made;
  made.id = {0, index, 7};
  made.client = ClientAddress(storage);
  made.age = seconds(age_s);
  return made;
}

std::vector<std::uint32_t> found(SessionSearch& search, std::size_t offset = 0) {
  search.finish(offset);
  std::vector<std::uint32_t> indexes;
  for (const SessionRow& each : search.rows()) indexes.push_back(each.id.index);
  return indexes;
}

TEST(SessionSearchTest, KeepsTheBestAndCountsAll) {
  SessionSearch search({}, SessionOrder::age, true, 3);
  for (const int age : {5, 1, 9, 7, 3, 8}) search.offer(row(static_cast<std::uint32_t>(age), age));
  EXPECT_EQ(search.seen(), 6u);
  EXPECT_EQ(search.matched(), 6u);
  EXPECT_THAT(found(search), ElementsAre(9, 8, 7));
}

TEST(SessionSearchTest, GivesThePageAfterTheOffset) {
  SessionSearch search({}, SessionOrder::age, false, 4);
  for (const int age : {5, 1, 9, 7, 3, 8}) search.offer(row(static_cast<std::uint32_t>(age), age));
  EXPECT_THAT(found(search, 2), ElementsAre(5, 7));
  SessionSearch beyond({}, SessionOrder::age, false, 4);
  beyond.offer(row(1));
  EXPECT_THAT(found(beyond, 2), IsEmpty());
}

TEST(SessionSearchTest, EqualsGoByTheirNumbersWhateverTheDirection) {
  for (const bool is_descending : {false, true}) {
    SessionSearch search({}, SessionOrder::sent, is_descending, 2);
    for (const std::uint32_t index : {3U, 1U, 2U}) search.offer(row(index));
    EXPECT_THAT(found(search), ElementsAre(1, 2));
  }
}

TEST(SessionSearchTest, NothingIsKeptWhereNothingIsWanted) {
  SessionSearch search({}, SessionOrder::age, true, 0);
  search.offer(row(1));
  EXPECT_EQ(search.matched(), 1u);
  EXPECT_THAT(found(search), IsEmpty());
}

TEST(SessionSearchTest, ATermIsMetByAnyPartOfASessionAndAllTermsMustBe) {
  SessionRow one = row(1);
  one.listener = 2;
  one.pool = 1;
  one.slot = 4;
  one.stage = ShownStage::half_closed;
  EXPECT_FALSE(Term{}.is_met(one));
  Term term;
  term.client = "0.0.1:8";
  EXPECT_TRUE(term.is_met(one));
  EXPECT_FALSE(term.is_met(row(2)));
  term = {};
  term.listeners = {false, false, true};
  EXPECT_TRUE(term.is_met(one));
  term = {};
  term.pools = {true};
  EXPECT_FALSE(term.is_met(one));
  term = {};
  term.slots = {false, false, false, false, true};
  EXPECT_TRUE(term.is_met(one));
  one.slot.reset();
  EXPECT_FALSE(term.is_met(one));
  term = {};
  term.stages[static_cast<std::size_t>(ShownStage::half_closed)] = true;
  EXPECT_TRUE(term.is_met(one));
  Term other;
  other.reactor = 1;
  SessionSearch search({term, other}, SessionOrder::age, true, 5);
  search.offer(one);
  EXPECT_EQ(search.seen(), 1u);
  EXPECT_EQ(search.matched(), 0u);
}

TEST(SessionNameTest, IsReadBackFromItsText) {
  const SessionName id{3, 17, 0x7fffffff};
  EXPECT_EQ(id.to_string(), "3.17.2147483647");
  EXPECT_EQ(SessionName::parse(id.to_string()), id);
  for (const char* bad :
       {"", "1", "1.2", "1.2.", "1.2.3.4", "a.2.3", "1.2.3 ", ".1.2.3", "1.2.99999999999", "1-2-3"})
    EXPECT_FALSE(SessionName::parse(bad)) << bad;
}

}  // namespace
}  // namespace weir::proxy
