#include "config/value_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace weir::config {
namespace {

using testing::HasSubstr;

const Environment kEnvironment = {{"HOST", "redis"}, {"EMPTY", ""}, {"SLY", "${HOST}$"}};

std::string expand(const char* text) {
  const auto value = expanded(text, kEnvironment);
  return value.has_value() ? *value : "fault: " + value.error().text;
}

std::string unquote(const char* text) {
  const auto value = unquoted(text);
  return value.has_value() ? *value : "fault: " + value.error().text;
}

TEST(ConfigExpansion, PutsVariablesInPlace) {
  EXPECT_EQ(expand("plain"), "plain");
  EXPECT_EQ(expand("${HOST}:6379"), "redis:6379");
  EXPECT_EQ(expand("a${HOST}${HOST}b"), "aredisredisb");
  EXPECT_EQ(expand("${EMPTY}"), "");
}

TEST(ConfigExpansion, FallsBackWhenUnsetOrEmptyAsAShellDoes) {
  EXPECT_EQ(expand("${NOPE:-10.0.0.1}:80"), "10.0.0.1:80");
  EXPECT_EQ(expand("${EMPTY:-x}"), "x");
  EXPECT_EQ(expand("${HOST:-x}"), "redis");
  EXPECT_EQ(expand("${NOPE:-}"), "");
  EXPECT_EQ(expand("${NOPE:-a:-b}"), "a:-b");
}

TEST(ConfigExpansion, DoesNotReadWhatAVariableHolds) { EXPECT_EQ(expand("${SLY}"), "${HOST}$"); }

TEST(ConfigExpansion, TakesTwoDollarsForOne) {
  EXPECT_EQ(expand("$$"), "$");
  EXPECT_EQ(expand("$${HOST}"), "${HOST}");
  EXPECT_EQ(expand("$$${HOST}"), "$redis");
  EXPECT_EQ(expand("${NOPE:-a$$b$$}"), "a$b$");
}

TEST(ConfigExpansion, RefusesWhatItCannotRead) {
  EXPECT_THAT(expand("${NOPE}"), HasSubstr("'NOPE' is not set"));
  EXPECT_THAT(expand("${HOST"), HasSubstr("unclosed ${"));
  EXPECT_THAT(expand("${"), HasSubstr("unclosed ${"));
  EXPECT_THAT(expand("$HOST"), HasSubstr("a lone $"));
  EXPECT_THAT(expand("a$"), HasSubstr("a lone $"));
  EXPECT_THAT(expand("${}"), HasSubstr("not the name of a variable"));
  EXPECT_THAT(expand("${1A}"), HasSubstr("not the name of a variable"));
  EXPECT_THAT(expand("${A-b}"), HasSubstr("not the name of a variable"));
  EXPECT_THAT(expand("${NOPE:-${HOST}}"), HasSubstr("cannot hold a variable"));
  EXPECT_THAT(expand("${NOPE:-a$b}"), HasSubstr("cannot hold a variable"));
  EXPECT_THAT(expand("${NOPE:-$$$}"), HasSubstr("cannot hold a variable"));
}

TEST(ConfigQuotes, EncloseTheWholeValue) {
  EXPECT_EQ(unquote("plain"), "plain");
  EXPECT_EQ(unquote("\" a b \""), " a b ");
  EXPECT_EQ(unquote("\"\""), "");
  EXPECT_THAT(unquote("\"a"), HasSubstr("unclosed quote"));
  EXPECT_THAT(unquote("a\""), HasSubstr("unclosed quote"));
  EXPECT_THAT(unquote("\""), HasSubstr("unclosed quote"));
  EXPECT_THAT(unquote("a\"b\""), HasSubstr("enclose the whole value"));
  EXPECT_THAT(unquote("\"a\" \"b\""), HasSubstr("enclose the whole value"));
}

TEST(ConfigQuotes, EscapesStandForHashAndQuote) {
  EXPECT_EQ(unquote("/var/log/a\\x23b\\x23"), "/var/log/a#b#");
  EXPECT_EQ(unquote("a\\x22b"), "a\"b");
  EXPECT_EQ(unquote("a\\nb"), "a\\nb") << "other backslashes are only backslashes";
}

}  // namespace
}  // namespace weir::config
