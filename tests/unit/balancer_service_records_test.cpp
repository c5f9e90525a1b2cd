#include "balancer/service_records.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace weir::balancer {
namespace {

using namespace std::string_literals;
using std::chrono::seconds;

std::string two_bytes(unsigned number) {
  return {static_cast<char>(number >> 8 & 0xff), static_cast<char>(number & 0xff)};
}
std::string name(const std::string& label) {
  return label.empty() ? "\0"s : static_cast<char>(label.size()) + label + "\4test\0"s;
}

struct Record {
  unsigned priority, weight, port;
  std::string target;
  unsigned ttl = 60;
};

/// A whole answer to the question for "s.test".
std::string message(const std::vector<Record>& records) {
  std::string bytes = "\x12\x34\x81\x80"s + two_bytes(1) +
                      two_bytes(static_cast<unsigned>(records.size())) + "\0\0\0\0"s + name("s") +
                      two_bytes(33) + two_bytes(1);
  for (const Record& record : records) {
    const std::string data = two_bytes(record.priority) + two_bytes(record.weight) +
                             two_bytes(record.port) + name(record.target);
    bytes += "\xc0\x0c"s + two_bytes(33) + two_bytes(1) + "\0\0"s + two_bytes(record.ttl) +
             two_bytes(static_cast<unsigned>(data.size())) + data;
  }
  return bytes;
}

ServiceRecords parse(const std::string& bytes) {
  return ServiceRecords::parse(reinterpret_cast<const unsigned char*>(bytes.data()),
                               static_cast<int>(bytes.size()));
}

TEST(ServiceRecordsTest, ScalesWeightsAndRanksPriorities) {
  const auto records =
      parse(message({{10, 600, 80, "a", 300}, {10, 300, 81, "b", 30}, {7, 0, 82, "c"}}));
  ASSERT_EQ(records.targets.size(), 3u);
  const auto find = [&](const std::string& host) {
    return *std::find_if(records.targets.begin(), records.targets.end(),
                         [&](const auto& target) { return target.host == host; });
  };
  EXPECT_EQ(find("a.test"), (ServiceRecords::Target{"a.test", 80, 256, 1}));
  EXPECT_EQ(find("b.test"), (ServiceRecords::Target{"b.test", 81, 128, 1}));
  EXPECT_EQ(find("c.test"), (ServiceRecords::Target{"c.test", 82, 1, 0}));
  EXPECT_EQ(records.ttl, seconds(30)) << "the first to be forgotten";
}

TEST(ServiceRecordsTest, SmallWeightsStayAsTheyAreAndRanksEndAtTheLast) {
  std::vector<Record> many;
  for (unsigned i = 0; i < 20; ++i)
    many.push_back({i, 3, 80, std::string(1, static_cast<char>('a' + i))});
  const auto records = parse(message(many));
  ASSERT_EQ(records.targets.size(), 20u);
  unsigned most = 0;
  for (const auto& target : records.targets) {
    EXPECT_EQ(target.weight, 3u);
    most = std::max(most, target.priority);
  }
  EXPECT_EQ(most, 15u);
}

TEST(ServiceRecordsTest, NoServiceAndNoAnswerAreErrors) {
  EXPECT_EQ(parse(message({{0, 0, 0, ""}})).error, "no target");
  EXPECT_FALSE(parse(message({})).error.empty());
  EXPECT_FALSE(parse("").error.empty());
  EXPECT_FALSE(parse("nonsense of more than twelve bytes").error.empty());
}

TEST(ServiceRecordsTest, SurvivesBytesThatAreWrong) {
  const std::string good = message({{1, 2, 3, "a"}, {1, 2, 3, "b"}});
  std::mt19937 random(5);
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes = good.substr(0, i % 3 == 0 ? random() % (good.size() + 1) : good.size());
    for (int flips = static_cast<int>(random() % 4); flips > 0 && !bytes.empty(); --flips)
      bytes[random() % bytes.size()] = static_cast<char>(random());
    const auto records = parse(bytes);
    EXPECT_NE(records.targets.empty(), records.error.empty());
  }
}

}  // namespace
}  // namespace weir::balancer
