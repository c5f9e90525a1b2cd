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
  EXPECT_EQ(check, (CheckConfig{.kind = Kind::redis,
                                .interval = milliseconds(10'000),
                                .fast_interval = milliseconds(2'000),
                                .timeout = milliseconds(250),
                                .rise = 1,
                                .fall = 5,
                                .jitter_percent = 0,
                                .port = 7000}));
}

TEST(ConfigCheck, IsNeverSlowerWhileItChangesUnlessTold) {
  EXPECT_EQ(parse_check("tcp interval=100ms")->interval_while_changing(), milliseconds(100));
  EXPECT_EQ(parse_check("tcp")->interval_while_changing(), milliseconds(500));
  EXPECT_EQ(parse_check("tcp interval=100ms fast=1s")->interval_while_changing(),
            milliseconds(1'000));
}

TEST(ConfigCheck, ReadsStepsInTheirOrder) {
  using Step = CheckStep::Kind;
  const CheckConfig check =
      *parse_check(R"(tcp expect=220\x20 send=QUIT\r\n\t\\ expect_hex=00fF expect_regex=^a\d+$)");
  EXPECT_EQ(check.steps, (std::vector<CheckStep>{{Step::expect, "220 "},
                                                 {Step::send, "QUIT\r\n\t\\"},
                                                 {Step::expect, std::string("\0\xff", 2)},
                                                 {Step::expect_regex, "^a\\d+$"}}));
}

TEST(ConfigCheck, ReadsWhatAKindTakes) {
  const CheckConfig http =
      *parse_check("https method=HEAD path=/a host=b status=204 server_name=c.d");
  EXPECT_EQ(http.kind, Kind::https);
  EXPECT_EQ(http.method + http.path + http.host + http.server_name, "HEAD/abc.d");
  EXPECT_EQ(http.least_status, 204u);
  EXPECT_EQ(http.most_status, 204u);
  EXPECT_EQ(parse_check("http status=200-299")->most_status, 299u);
  EXPECT_EQ(parse_check("mysql user=probe")->user, "probe");
  EXPECT_EQ(parse_check("postgresql")->user, "weir");
  EXPECT_TRUE(parse_check("tcp")->starts_healthy);
  EXPECT_FALSE(parse_check("tcp initial=unhealthy")->starts_healthy);
}

TEST(ConfigCheck, SaysWhatIsWrongWithWhatAKindTakes) {
  EXPECT_THAT(fault_of("tcp path=/"), HasSubstr("unknown option 'path' of a check by tcp"));
  EXPECT_THAT(fault_of("redis send=a expect=b"), HasSubstr("unknown option 'send'"));
  EXPECT_THAT(fault_of("tcp send=a"), HasSubstr("ends with send. Say what to expect"));
  EXPECT_THAT(fault_of(R"(tcp expect=a\q)"), HasSubstr(R"(expect has '\q', which stands for)"));
  EXPECT_THAT(fault_of(R"(tcp expect=a\x2)"), HasSubstr("which stands for nothing"));
  EXPECT_THAT(fault_of(R"(tcp expect=a\)"), HasSubstr("which stands for nothing"));
  EXPECT_THAT(fault_of("tcp expect="), HasSubstr("expect is empty"));
  EXPECT_THAT(fault_of("tcp expect_hex=0"), HasSubstr("pairs of hexadecimal digits"));
  EXPECT_THAT(fault_of("tcp expect_regex=(a"), HasSubstr("is no regular expression: missing )"));
  EXPECT_THAT(fault_of("http path=health"), HasSubstr("does not begin with a slash"));
  EXPECT_THAT(fault_of("http status=99"), HasSubstr("too small"));
  EXPECT_THAT(fault_of("http status=300-200"), HasSubstr("too small"));
  EXPECT_THAT(fault_of("http host=\x01"), HasSubstr("is not a word"));
  EXPECT_THAT(fault_of("tcp initial=up"), HasSubstr("Known are: healthy, unhealthy"));
  EXPECT_THAT(fault_of("tls server_name=a_b!"), HasSubstr("is not a host name"));
}

TEST(ConfigCheck, SaysWhatIsWrong) {
  EXPECT_THAT(fault_of("tpc"), HasSubstr("Did you mean 'tcp'? Known are: none, tcp, tls, http"));
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
