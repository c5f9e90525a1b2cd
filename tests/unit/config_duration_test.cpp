#include "config/duration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace weir::config {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

std::chrono::milliseconds duration(const char* text) {
  const auto parsed = parse_duration(text);
  EXPECT_TRUE(parsed.has_value()) << text << ": " << parsed.error().text;
  return parsed.has_value() ? *parsed : -1ms;
}

std::string fault_of(const std::string& text) {
  const auto parsed = parse_duration(text);
  EXPECT_TRUE(parsed.has_error()) << text;
  return parsed.error().text + ". " + parsed.error().remedy;
}

TEST(ConfigDuration, TakesEveryUnit) {
  EXPECT_EQ(duration("250ms"), 250ms);
  EXPECT_EQ(duration("5s"), 5s);
  EXPECT_EQ(duration("3m"), 3min);
  EXPECT_EQ(duration("2h"), 2h);
  EXPECT_EQ(duration("7d"), 168h);
  EXPECT_EQ(duration("0s"), 0ms);
  EXPECT_EQ(duration("007s"), 7s);
}

TEST(ConfigDuration, AddsUpUnitsFromLargeToSmall) {
  EXPECT_EQ(duration("1h30m"), 90min);
  EXPECT_EQ(duration("1d2h3m4s5ms"), 26h + 3min + 4s + 5ms);
  EXPECT_THAT(fault_of("30m1h"), HasSubstr("out of order"));
  EXPECT_THAT(fault_of("1s1s"), HasSubstr("out of order"));
}

TEST(ConfigDuration, TellsTheUnitsForABareNumber) {
  EXPECT_EQ(fault_of("60"),
            "'60' has no unit. Units are ms, s, m, h and d: write 250ms, 5s or 1h30m");
  EXPECT_THAT(fault_of("0"), HasSubstr("no unit"));
  EXPECT_THAT(fault_of("1h30"), HasSubstr("no unit"));
}

TEST(ConfigDuration, RefusesUnknownUnits) {
  for (const char* const text : {"5S", "5sec", "10us", "1y", "5MS"}) {
    EXPECT_THAT(fault_of(text), HasSubstr("unknown unit")) << text;
  }
}

TEST(ConfigDuration, NamesTheUsualSlips) {
  EXPECT_THAT(fault_of(""), HasSubstr("empty"));
  EXPECT_THAT(fault_of("-1s"), HasSubstr("negative"));
  EXPECT_THAT(fault_of("1.5s"), HasSubstr("fraction"));
  EXPECT_THAT(fault_of("1,5s"), HasSubstr("fraction"));
  EXPECT_THAT(fault_of(".5s"), HasSubstr("fraction"));
  for (const char* const text : {"soon", "s", "+5s", "5 s", "1h 30m", "0x5s", "1e3s", "off"}) {
    EXPECT_THAT(fault_of(text), HasSubstr("write 250ms, 5s or 1h30m")) << text;
  }
}

TEST(ConfigDuration, EndsAtAYearAndNeverOverflows) {
  EXPECT_EQ(duration("365d"), kLongestDuration);
  for (const char* const text :
       {"365d1ms", "366d", "99999999999999999999s", "9223372036854775807ms", "106751991168d"}) {
    EXPECT_THAT(fault_of(text), HasSubstr("too long")) << text;
  }
}

TEST(ConfigDuration, TimeoutMayNotBeZero) {
  EXPECT_TRUE(parse_timeout("0s").has_error());
  EXPECT_TRUE(parse_timeout("0h0m").has_error());
  EXPECT_EQ(*parse_timeout("1ms"), 1ms);
  EXPECT_TRUE(parse_timeout("off").has_error());
}

TEST(ConfigDuration, OffMeansNeverWhereItIsAllowed) {
  EXPECT_EQ(*parse_timeout_or_off("off"), kNever);
  EXPECT_EQ(*parse_timeout_or_off("1h"), 1h);
  EXPECT_THAT(parse_timeout_or_off("0s").error().remedy, HasSubstr("off means no limit"));
}

}  // namespace
}  // namespace weir::config
