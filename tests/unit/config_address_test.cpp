#include "config/address.h"
#include "config/backend_address.h"
#include "config/host_name.h"
#include "config/pinning.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace weir::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string listening(const std::string& text) {
  const auto parsed = parse_listening_address(text);
  return parsed.has_value() ? parsed->to_string() : "fault: " + parsed.error().text;
}

TEST(ConfigAddress, ListensOnLiteralsAndTheTwoWords) {
  EXPECT_EQ(listening("10.0.0.1:80"), "10.0.0.1:80");
  EXPECT_EQ(listening("[fd00::1]:80"), "[fd00::1]:80");
  EXPECT_EQ(listening("localhost:80"), "127.0.0.1:80");
  EXPECT_EQ(listening("*:80"), "[::]:80");
  EXPECT_EQ(listening("127.0.0.1:0"), "127.0.0.1:0") << "the kernel chooses";
  EXPECT_EQ(listening("unix:/run/weir.sock"), "unix:/run/weir.sock");
}

TEST(ConfigAddress, SaysWhatIsWrongWithAListeningAddress) {
  EXPECT_THAT(listening(""), HasSubstr("no port"));
  EXPECT_THAT(listening("8080"), HasSubstr("no port"));
  EXPECT_THAT(listening("[::1]"), HasSubstr("no port"));
  EXPECT_THAT(listening(":8080"), HasSubstr("no address"));
  EXPECT_THAT(listening("127.0.0.1:"), HasSubstr("port '' is not a whole number"));
  EXPECT_THAT(listening("127.0.0.1:65536"), HasSubstr("too large"));
  EXPECT_THAT(listening("127.0.0.1:99999999999"), HasSubstr("too large"));
  EXPECT_THAT(listening("127.0.0.1:-1"), HasSubstr("not a whole number"));
  EXPECT_THAT(listening("::1:80"), HasSubstr("more than one colon"));
  EXPECT_THAT(listening("tcp://127.0.0.1:80"), HasSubstr("more than one colon"));
  EXPECT_THAT(listening("example.org:80"), HasSubstr("not an IP address"));
  EXPECT_THAT(listening("256.0.0.1:80"), HasSubstr("not an IP address"));
  EXPECT_THAT(listening("unix:run/weir.sock"), HasSubstr("not an absolute path"));
  EXPECT_THAT(listening("unix:"), HasSubstr("not an absolute path"));
  EXPECT_THAT(listening("unix:/" + std::string(200, 'a')), HasSubstr("too long"));
  for (const char* const path : {"unix:/a b", "unix:/a\"b", "unix:/a\\b", "unix:/a\tb"})
    EXPECT_THAT(listening(path), HasSubstr("holds a blank, a quote, a backslash"));
}

TEST(ConfigAddress, TakesTheModeOfAUnixSocket) {
  const auto bound = parse_bind_address("unix:/run/weir.sock  mode=0660");
  ASSERT_TRUE(bound.has_value());
  EXPECT_EQ(bound->unix_mode, mode_t{0660});
  EXPECT_EQ(parse_bind_address("unix:/run/weir.sock mode=600")->unix_mode, mode_t{0600});
  EXPECT_EQ(parse_bind_address("unix:/run/weir.sock")->unix_mode, std::nullopt);
}

TEST(ConfigAddress, RefusesOtherWordsAfterTheAddress) {
  const auto fault_of = [](const char* text) { return parse_bind_address(text).error().text; };
  EXPECT_THAT(fault_of("unix:/a mode=0999"), HasSubstr("not a file mode"));
  EXPECT_THAT(fault_of("unix:/a mode=07777"), HasSubstr("not a file mode"));
  EXPECT_THAT(fault_of("unix:/a mode=4755"), HasSubstr("not a file mode"));
  EXPECT_THAT(fault_of("unix:/a mode="), HasSubstr("not a file mode"));
  EXPECT_THAT(fault_of("unix:/a mode=0660 mode=0600"), HasSubstr("twice"));
  EXPECT_THAT(fault_of("unix:/a owner=root"), HasSubstr("unknown word 'owner=root'"));
  EXPECT_THAT(fault_of("127.0.0.1:80 mode=0660"), HasSubstr("only for unix sockets"));
}

TEST(ConfigBackend, IsALiteralANameOrAUnixSocket) {
  const auto literal = parse_backend("10.0.0.1:6379 weight=2");
  ASSERT_TRUE(literal.has_value());
  EXPECT_EQ(literal->address, "10.0.0.1:6379");
  EXPECT_EQ(literal->endpoint->to_string(), "10.0.0.1:6379");
  EXPECT_EQ(literal->host, "");
  EXPECT_EQ(literal->weight, 2U);

  const auto name = parse_backend("redis.internal:6379");
  ASSERT_TRUE(name.has_value());
  EXPECT_EQ(name->endpoint, std::nullopt);
  EXPECT_EQ(name->host, "redis.internal");
  EXPECT_EQ(name->port, 6379);
  EXPECT_EQ(name->weight, 1U);

  const auto unix_socket = parse_backend("unix:/run/redis.sock weight=0");
  ASSERT_TRUE(unix_socket.has_value());
  EXPECT_TRUE(unix_socket->endpoint->is_unix());
  EXPECT_EQ(unix_socket->weight, 0U);
}

TEST(ConfigBackend, SaysWhatIsWrong) {
  const auto fault_of = [](const std::string& text) {
    const auto parsed = parse_backend(text);
    return parsed.has_value() ? "no fault" : parsed.error().text + ". " + parsed.error().remedy;
  };
  EXPECT_THAT(fault_of(""), HasSubstr("no port"));
  EXPECT_THAT(fault_of("10.0.0.1"), HasSubstr("no port"));
  EXPECT_THAT(fault_of("10.0.0.1:0"), HasSubstr("too small"));
  EXPECT_THAT(fault_of("10.0.0.1:65536"), HasSubstr("too large"));
  EXPECT_THAT(fault_of("10.0.0.256:80"), HasSubstr("neither an IP address nor a host name"));
  EXPECT_THAT(fault_of("a b:80"), HasSubstr("no port"));
  EXPECT_THAT(fault_of("a..b:80"), HasSubstr("nor a host name"));
  EXPECT_THAT(fault_of("a/b:80"), HasSubstr("nor a host name"));
  EXPECT_THAT(fault_of("fd00::1:80"), HasSubstr("brackets"));
  EXPECT_THAT(fault_of("[fd00::1:80"), HasSubstr("neither an IP address"));
  EXPECT_THAT(fault_of("a:80 weight=257"), HasSubstr("too large"));
  EXPECT_THAT(fault_of("a:80 weight=-1"), HasSubstr("not a whole number"));
  EXPECT_THAT(fault_of("a:80 weight="), HasSubstr("not a whole number"));
  EXPECT_THAT(fault_of("a:80 weight"), HasSubstr("not a whole number"));
  EXPECT_THAT(fault_of("a:80 wieght=2"), HasSubstr("Did you mean 'weight'?"));
  EXPECT_THAT(fault_of("a:80 colour=red"), HasSubstr("unknown option"));
  EXPECT_THAT(fault_of("_redis._tcp.a:80"), HasSubstr("which say the port. Write _redis._tcp.a"));
  EXPECT_THAT(fault_of("_redis.a"), HasSubstr("Write it as in _redis._tcp.example"));
  EXPECT_THAT(fault_of("_redis._tcp.a weight=2"), HasSubstr("which its SRV records say"));
  EXPECT_THAT(fault_of("a:80 weight=1 weight=2"), HasSubstr("weight is given twice"));
  EXPECT_THAT(fault_of("a:80 weight=1 priority=16"), HasSubstr("priority '16' is too large"));
  EXPECT_THAT(fault_of("a:80 max_connections=0"), HasSubstr("max_connections '0' is too small"));
}

TEST(ConfigBackend, SeesThroughSpellings) {
  const auto canonical = [](const char* text) { return canonical_address(*parse_backend(text)); };
  EXPECT_EQ(canonical("[::1]:80"), canonical("[0:0::1]:80"));
  EXPECT_EQ(canonical("Redis:080"), canonical("redis:80"));
  EXPECT_NE(canonical("redis:80"), canonical("redis:81"));
}

TEST(ConfigHostName, FollowsTheRulesOfNames) {
  EXPECT_TRUE(is_host_name("localhost"));
  EXPECT_TRUE(is_host_name("my_service-1.internal."));
  EXPECT_TRUE(is_host_name("3com.example"));
  EXPECT_TRUE(is_host_name(std::string(63, 'a')));
  EXPECT_FALSE(is_host_name(std::string(64, 'a')));
  EXPECT_FALSE(is_host_name("a." + std::string(253, 'b')));
  for (const char* const text : {"", ".", "a..b", "-a", "10.0.0.256", "123", "a b", "[::1]", "*"}) {
    EXPECT_FALSE(is_host_name(text)) << text;
  }
}

TEST(ConfigHostName, ListIsKeptInLowerCase) {
  EXPECT_THAT(*parse_host_names("Weir.Example, b\tc,,d"),
              ElementsAre("weir.example", "b", "c", "d"));
  EXPECT_TRUE(parse_host_names(" , ").has_error());
  EXPECT_THAT(parse_host_names("a b:9900").error().text, HasSubstr("'b:9900'"));
}

TEST(ConfigPinning, TakesWordsNumbersAndRanges) {
  EXPECT_EQ(parse_pinning("auto")->mode, Pinning::Mode::automatic);
  EXPECT_EQ(parse_pinning("none")->mode, Pinning::Mode::none);
  EXPECT_EQ(parse_pinning("0,2-4,9")->mode, Pinning::Mode::list);
  EXPECT_THAT(parse_pinning("0,2-4,9")->cpus, ElementsAre(0, 2, 3, 4, 9));
}

TEST(ConfigPinning, SaysWhatIsWrong) {
  const auto fault_of = [](const char* text) { return parse_pinning(text).error().text; };
  for (const char* const text :
       {"", "a", "1,", ",1", "1,,2", "1-", "-1", "1 2", "0-99999", "1.5"}) {
    EXPECT_THAT(fault_of(text), HasSubstr("not a CPU number")) << text;
  }
  EXPECT_THAT(fault_of("3-1"), HasSubstr("backwards"));
  EXPECT_THAT(fault_of("0-3,2"), HasSubstr("CPU 2 is named twice"));
}

}  // namespace
}  // namespace weir::config
