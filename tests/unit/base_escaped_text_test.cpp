#include "base/escaped_text.h"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace weir::base {
namespace {

std::string escaped(std::string_view text) {
  std::string out;
  append_escaped(out, text);
  return out;
}

/// What a reader of JSON makes of it. Its parser refuses control characters and what is no UTF-8.
std::string read_back(const std::string& escaped_text) {
  return std::string(boost::json::parse("\"" + escaped_text + "\"").as_string());
}

bool can_forge(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte <= 0x20 || byte == 0x7f;
}

void expect_harmless(const std::string& text) {
  const std::string out = escaped(text);
  EXPECT_EQ(std::count_if(out.begin(), out.end(), can_forge), 0) << out;
  EXPECT_NO_THROW(static_cast<void>(read_back(out))) << out;
}

TEST(EscapedText, EveryByteIsReadBackOrReplaced) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string text(1, static_cast<char>(byte));
    expect_harmless(text);
    EXPECT_EQ(read_back(escaped(text)), byte < 0x80 ? text : "\xef\xbf\xbd") << byte;
  }
}

TEST(EscapedText, NoTwoBytesForgeAnything) {
  for (int pair = 0; pair < 256 * 256; ++pair)
    expect_harmless({static_cast<char>(pair >> 8), static_cast<char>(pair & 0xff)});
}

TEST(EscapedText, OrdinaryTextStaysAsItIs) {
  const std::string plain = "10.0.0.1:80/[fd00::1%eth0]:6379,unix:/run/a-b_c.sock";
  EXPECT_EQ(escaped(plain), plain);
  EXPECT_EQ(escaped("caf\xc3\xa9 \xe2\x82\xac"), "caf\xc3\xa9\\u0020\xe2\x82\xac");
  EXPECT_EQ(escaped("\xf0\x9f\x90\xa2"), "\xf0\x9f\x90\xa2");
}

TEST(EscapedText, QuoteBackslashAndLineEndsAreEscaped) {
  EXPECT_EQ(escaped("a\"b\\c\nd\re\x1b"), "a\\\"b\\\\c\\u000ad\\u000de\\u001b");
  EXPECT_EQ(escaped("\xc2\x9b|\xe2\x80\xa8|\xe2\x80\xa9"), "\\u009b|\\u2028|\\u2029");
}

TEST(EscapedText, WhatIsNoUtf8IsReplacedByteByByte) {
  EXPECT_EQ(escaped("\xff"), "\\ufffd");
  EXPECT_EQ(escaped("a\xe2\x82"), "a\\ufffd\\ufffd");             // cut
  EXPECT_EQ(escaped("\xc0\xaf"), "\\ufffd\\ufffd");               // an overlong slash
  EXPECT_EQ(escaped("\xed\xa0\x80"), "\\ufffd\\ufffd\\ufffd");    // a surrogate
  EXPECT_EQ(escaped("\xf4\x90\x80\x80").size(), 4 * 6U);          // beyond U+10FFFF
  EXPECT_EQ(escaped("\xe2\x82\xac\xac"), "\xe2\x82\xac\\ufffd");  // one too many
}

}  // namespace
}  // namespace weir::base
