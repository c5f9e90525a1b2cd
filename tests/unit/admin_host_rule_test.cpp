#include "admin/host_rule.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace weir::admin {
namespace {

const std::vector<std::string> kNoNames;

TEST(AdminHostRule, AllowsAddressesAndLocalhost) {
  for (const char* host : {"127.0.0.1", "127.0.0.1:9900", "10.1.2.3:80", "[::1]", "[::1]:9900",
                           "localhost", "LOCALHOST:9900", "localhost:"}) {
    EXPECT_TRUE(host_is_allowed(host, kNoNames)) << host;
  }
}

TEST(AdminHostRule, RefusesNamesAndNonsense) {
  for (const char* host : {"", ":9900", "evil.example", "localhost.evil.example", "127.0.0.1.evil",
                           "::1", "[::1", "[]", "[::1]x", "[127.0.0.1]", "localhost:99x",
                           "127.0.0.1:80:80", "localhost@evil", "127.0.0.1, evil.example"}) {
    EXPECT_FALSE(host_is_allowed(host, kNoNames)) << host;
  }
}

TEST(AdminHostRule, AllowsConfiguredNamesWholeAndInAnyCase) {
  const std::vector<std::string> names = {"weir.example"};
  EXPECT_TRUE(host_is_allowed("Weir.Example:9900", names));
  EXPECT_FALSE(host_is_allowed("a.weir.example", names));
  EXPECT_FALSE(host_is_allowed("weir.example.com", names));
}

}  // namespace
}  // namespace weir::admin
