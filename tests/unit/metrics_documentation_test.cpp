#include "metrics/families.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

namespace weir::metrics {
namespace {

TEST(MetricsDocumentation, HasTheRowOfEveryFamily) {
  std::ifstream file(WEIR_SOURCE_DIR "/docs/operations.md");
  std::ostringstream text;
  text << file.rdbuf();
  for (std::size_t number = 0; number < kFamilyCount; ++number) {
    const FamilyDescription& family = describe(static_cast<Family>(number));
    const std::string labels =
        *family.labels == '\0' ? " " : " " + std::string(family.labels) + " ";
    const std::string row =
        "| `" + std::string(family.name) + "` |" + labels + "| " + family.help + " |\n";
    EXPECT_NE(text.str().find(row), std::string::npos) << "docs/operations.md lacks the row\n"
                                                       << row;
  }
}

}  // namespace
}  // namespace weir::metrics
