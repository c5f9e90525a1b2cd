#include "config/key.h"
#include "tests/unit/config_loading.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace weir::config {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::string documentation() {
  std::ifstream file(WEIR_SOURCE_DIR "/docs/configuration.md");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// What stands between ```ini and ```.
std::vector<std::string> examples_of(const std::string& text) {
  const std::string opening = "```ini\n";
  std::vector<std::string> examples;
  std::size_t begin = text.find(opening);
  while (begin != std::string::npos) {
    begin += opening.size();
    const std::size_t end = text.find("```", begin);
    examples.push_back(text.substr(begin, end - begin));
    begin = text.find(opening, end);
  }
  return examples;
}

/// In a table of Markdown a bar would end the cell.
std::string code(const std::string& text) {
  if (text.empty()) return "";
  std::string cell = "`";
  for (const char character : text) cell += character == '|' ? "\\|" : std::string(1, character);
  return cell + "`";
}

std::string row_of(const Key& key) {
  std::string others;
  if (!key.flag.empty()) others = code("--" + std::string(key.flag));
  if (key.reach == Key::Reach::everywhere) others += " " + code(variable_name(key));
  const std::string cells[] = {code(std::string(key.name)), others,
                               code(std::string(key.value_form)),
                               code(std::string(key.default_value)), std::string(key.help)};
  std::string row = "|";
  for (const std::string& cell : cells) row += cell.empty() ? " |" : " " + cell + " |";
  return row + "\n";
}

TEST(ConfigDocumentation, HasTheRowOfEveryKey) {
  const std::string text = documentation();
  for (const Key& key : all_keys()) {
    const std::string row = row_of(key);
    EXPECT_NE(text.find(row), std::string::npos) << "docs/configuration.md lacks the row\n" << row;
  }
}

TEST(ConfigDocumentation, ExamplesAreWithoutFaults) {
  const auto examples = examples_of(documentation());
  EXPECT_THAT(examples, SizeIs(testing::Ge(3)));
  for (const std::string& example : examples) {
    const CommandLine result = check_file(example);
    EXPECT_THAT(lines_of(result.faults), IsEmpty()) << example;
    EXPECT_THAT(result.warnings, IsEmpty()) << example;
  }
}

}  // namespace
}  // namespace weir::config
