#include "config/check_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::config {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;
using Kind = CheckConfig::Kind;

std::string fault_of(std::string_view text) {
  const auto parsed = parse_check(text);
  return parsed.has_value() ? "no fault" : parsed.error().text + ". " + parsed.error().remedy;
}

TEST(ConfigCheck, ReadsAKindAndItsOptions) {
  EXPECT_EQ(parse_check("none")->kind, Kind::none);
  EXPECT_EQ(*parse_check("tcp"), (CheckConfig{.kind = Kind::tcp}));
  const CheckConfig check =
      *parse_check("redis interval=10s timeout=250ms rise=1 fall=5 fast=2s jitter=0 port=7000");
  EXPECT_EQ(check, (CheckConfig{Kind::redis, milliseconds(10'000), milliseconds(2'000),
                                milliseconds(250), 1, 5, 0, 7000}));
}

TEST(ConfigCheck, IsNeverSlowerWhileItChangesUnlessTold) {
  EXPECT_EQ(parse_check("tcp interval=100ms")->interval_while_changing(), milliseconds(100));
  EXPECT_EQ(parse_check("tcp")->interval_while_changing(), milliseconds(500));
  EXPECT_EQ(parse_check("tcp interval=100ms fast=1s")->interval_while_changing(),
            milliseconds(1'000));
}

TEST(ConfigCheck, SaysWhatIsWrong) {
  EXPECT_THAT(fault_of("tpc"), HasSubstr("Did you mean 'tcp'? Known are: none, tcp, redis"));
  EXPECT_THAT(fault_of("tcp rise=0"), HasSubstr("rise '0' is too small"));
  EXPECT_THAT(fault_of("tcp interval=5"), HasSubstr("interval '5' has no unit"));
  EXPECT_THAT(fault_of("tcp timeout=0s"), HasSubstr("timeout '0s'"));
  EXPECT_THAT(fault_of("tcp intervall=5s"), HasSubstr("Did you mean 'interval'?"));
  EXPECT_THAT(fault_of("tcp colour=red"), HasSubstr("Known are: interval, fast, timeout"));
  EXPECT_THAT(fault_of("tcp port"), HasSubstr("port '' is not a whole number"));
  EXPECT_THAT(fault_of("tcp port=65536"), HasSubstr("too large"));
  EXPECT_THAT(fault_of("tcp fall=2 fall=3"), HasSubstr("fall is given twice"));
  EXPECT_THAT(fault_of("none fall=2"), HasSubstr("none takes no options"));
}

}  // namespace
}  // namespace weir::config
