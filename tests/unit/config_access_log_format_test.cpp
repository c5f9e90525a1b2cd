#include "config/access_log_format.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace weir::config {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

std::string problem(const std::string& text) {
  const auto format = parse_access_log_format(text);
  return format.has_error() ? format.error().text + ". " + format.error().remedy : "";
}

TEST(AccessLogFormat, ATemplateIsTextAndFields) {
  const auto format = parse_access_log_format("<134>weir: {{\"c\":\"{client}\"}} {session_ms}ms");
  ASSERT_TRUE(format.has_value());
  const std::vector<AccessLogFormat::Part> expected = {{{}, "<134>weir: {\"c\":\""},
                                                       {AccessField::client, ""},
                                                       {{}, "\"} "},
                                                       {AccessField::session_ms, ""},
                                                       {{}, "ms"}};
  EXPECT_EQ(format->parts, expected);
  EXPECT_FALSE(format->is_json());
}

TEST(AccessLogFormat, EveryFieldCanBeNamed) {
  for (const AccessFieldDescription& row : kAccessFields) {
    const auto format = parse_access_log_format("{" + std::string(row.name) + "}");
    ASSERT_TRUE(format.has_value()) << row.name;
    EXPECT_EQ(format->parts.at(0).field, row.field) << row.name;
  }
}

TEST(AccessLogFormat, FaultsNameTheNearestField) {
  EXPECT_EQ(problem("{cleint}"), "unknown field 'cleint'. Did you mean 'client'?");
  EXPECT_EQ(problem("{time} {conect_ms}"), "unknown field 'conect_ms'. Did you mean 'connect_ms'?");
  EXPECT_THAT(problem("{quite_something_else}"), HasSubstr("Fields are: time, accepted, client"));
}

TEST(AccessLogFormat, WhatIsNoTemplateIsRefused) {
  EXPECT_THAT(problem("jsn"), HasSubstr("Did you mean 'json'?"));
  EXPECT_THAT(problem("{client"), StartsWith("unclosed {"));
  EXPECT_THAT(problem("client}"), StartsWith("a lone }"));
  EXPECT_THAT(problem("{{client}}"), StartsWith("a template without a field"));
  EXPECT_THAT(problem("{client}\n{who}"), HasSubstr("control character"));
  EXPECT_THAT(problem("{client}" + std::string(kLongestTemplate, 'x')), HasSubstr("1008 bytes"));
}

TEST(AccessLogFormat, TheTextFormHasEveryFieldButTheTwoThatFollowFromOthers) {
  const auto parts = AccessLogFormat::text().parts;
  for (const AccessFieldDescription& row : kAccessFields) {
    const bool is_there = std::any_of(parts.begin(), parts.end(),
                                      [&](const auto& part) { return part.field == row.field; });
    const bool follows = row.field == AccessField::accepted || row.field == AccessField::retries;
    EXPECT_EQ(is_there, !follows) << row.name;
  }
}

TEST(AccessLogFormat, DocumentationHasTheRowOfEveryFieldAndTheTextForm) {
  std::ifstream file(WEIR_SOURCE_DIR "/docs/operations.md");
  std::ostringstream text;
  text << file.rdbuf();
  for (const AccessFieldDescription& row : kAccessFields) {
    const std::string line =
        "| `" + std::string(row.name) + "` | " + std::string(row.help) + " |\n";
    EXPECT_NE(text.str().find(line), std::string::npos) << "docs/operations.md lacks\n" << line;
  }
  std::string shown = text.str();
  std::replace(shown.begin(), shown.end(), '\n', ' ');  // it is broken over lines there
  EXPECT_NE(shown.find(kTextTemplate), std::string::npos);
}

}  // namespace
}  // namespace weir::config
