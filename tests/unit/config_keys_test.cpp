#include "config/key.h"
#include "tests/unit/config_loading.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

namespace weir::config {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

/// What each key takes and refuses, by "scope.name": a key without a row here fails a test.
struct Samples {
  std::vector<std::string> good;
  std::vector<std::string> bad;  ///< beside the empty text, which no key takes
};

const std::vector<std::string> kBadNumbers = {
    "-1", "+1", "1.5", "1e3", "0x10", "ten", "1 2", "1k", "99999999999999999999"};
const std::vector<std::string> kBadDurations = {
    "5", "-5s", "1.5s", "5 s", "5sec", "s", "1m1h", "366d", "99999999999999999999s"};

std::vector<std::string> joined(std::vector<std::string> some,
                                const std::vector<std::string>& more) {
  some.insert(some.end(), more.begin(), more.end());
  return some;
}

const std::map<std::string, Samples>& samples() {
  static const std::map<std::string, Samples> kSamples = {
      {"process.reactors", {{"auto", "1", "1024"}, joined({"0", "1025", "none"}, kBadNumbers)}},
      {"process.pin", {{"auto", "none", "0", "0,2-3"}, {"all", "-1", "3-1", "0,0", "1024", "1,"}}},
      {"process.accept", {{"distribute", "reuseport"}, {"Distribute", "both", "1"}}},
      {"process.placement", {{"least_loaded", "round_robin"}, {"least-loaded", "random"}}},
      {"process.relay", {{"auto", "copy", "splice"}, {"Copy", "sendfile"}}},
      {"process.max_connections",
       {{"auto", "1", "536870912"}, joined({"0", "none", "536870913"}, kBadNumbers)}},
      {"process.admin",
       {{"none", "*:9900", "localhost:0", "[::1]:9900", "unix:/run/weir", "unix:/a mode=0660"},
        {"off", "9900", ":9900", "admin.example:9900", "127.0.0.1:65536", "127.0.0.1:-1"}}},
      {"process.admin_read", {{"loopback", "anyone"}, {"everyone", "true"}}},
      {"process.admin_hosts", {{"weir.example", "a b", "a, b"}, {"http://a", "a:80", ","}}},
      {"process.admin_token_file", {{"none", "/etc/weir/token", "./token"}, {"token", "off"}}},
      {"process.nameservers",
       {{"10.0.0.53", "[fd00::1]:5353 127.0.0.1"}, {"dns.example", "10.0.0.53:0", "unix:/a"}}},
      {"process.drain_delay", {{"0s", "5s", "365d"}, joined({"off", "0"}, kBadDurations)}},
      {"process.drain_timeout", {{"0s", "1h30m"}, joined({"off", "0"}, kBadDurations)}},
      {"process.stall_threshold", {{"1ms", "25ms", "off", "0s"}, joined({"none"}, kBadDurations)}},
      {"process.heartbeat", {{"1ms", "1s"}, joined({"0s", "off", "2s"}, kBadDurations)}},
      {"process.backend_histograms", {{"on", "off"}, {"yes", "1", "ON"}}},
      {"process.log_level", {{"debug", "info", "warning", "error"}, {"warn", "INFO", "3"}}},
      {"process.access_log",
       {{"none", "stderr", "/var/log/a", "./a", "unix:/dev/log"},
        {"stdrr", "stdout", "a", "unix:a"}}},
      {"process.access_log_format",
       {{"text", "json", "{client} {who}", "{{{client}}}"},
        {"xml", "JSON", "{cleint}", "{client", "client}", "{{client}}", "{}"}}},
      {"listener.bind",
       {{"*:0", "127.0.0.1:80", "unix:/a mode=0660"}, {"80", "a.example:80", "*:80 mode=0660"}}},
      {"listener.pool", {{"web"}, {"nowhere"}}},
      {"listener.max_connections", {{"none", "1"}, joined({"0", "auto"}, kBadNumbers)}},
      {"listener.backlog", {{"1", "1000000"}, joined({"0", "1000001", "auto"}, kBadNumbers)}},
      {"pool.backend",
       {{"b:80", "10.0.0.1:80 weight=0", "unix:/b weight=256 priority=15 max_connections=1"},
        {"b", "b:0", "b:80 weight=257", "b:80 priority=16", "b:80 wait=1", "10.0.0.999:80",
         "b:80 max_connections=0"}}},
      {"pool.balance",
       {{"least_connections", "round_robin", "power_of_two", "least_time", "random", "source_hash",
         "maglev", "first"},
        {"roundrobin", "leastconn"}}},
      {"pool.hash_balance_factor", {{"off", "101", "1000"}, joined({"0", "100"}, kBadNumbers)}},
      {"pool.check",
       {{"none", "tcp", "redis interval=1s", "http path=/health status=200", "mysql user=a"},
        {"htpp", "tcp rise=0", "none rise=1", "tcp send=a"}}},
      {"pool.on_down", {{"keep", "close"}, {"kill"}}},
      {"pool.leave_timeout", {{"0s", "5m"}, joined({"off", "0"}, kBadDurations)}},
      {"pool.resolve_interval", {{"30s", "1s"}, joined({"0s", "off"}, kBadDurations)}},
      {"pool.resolve_min", {{"1s", "5s"}, joined({"0s", "off"}, kBadDurations)}},
      {"pool.resolve_max", {{"5m", "1h"}, joined({"0s", "off"}, kBadDurations)}},
      {"pool.slow_start", {{"off", "1m"}, joined({"none", "0"}, kBadDurations)}},
      {"pool.overprovisioning_factor", {{"100", "140", "1000"}, joined({"99"}, kBadNumbers)}},
      {"pool.panic_threshold", {{"0", "50", "100"}, joined({"101", "off"}, kBadNumbers)}},
      {"pool.eject_after", {{"off", "1", "1000000"}, joined({"0", "none"}, kBadNumbers)}},
      {"pool.eject_time", {{"30s", "1ms"}, joined({"0s", "off"}, kBadDurations)}},
      {"pool.eject_time_max", {{"5m", "1h"}, joined({"0s", "off"}, kBadDurations)}},
      {"pool.max_ejection_percent", {{"0", "50", "100"}, joined({"101", "off"}, kBadNumbers)}},
      {"pool.retries", {{"0", "15"}, joined({"16", "off"}, kBadNumbers)}},
      {"pool.queue_timeout", {{"30s", "1ms"}, joined({"0s", "off"}, kBadDurations)}},
      {"pool.queue_limit", {{"0", "1000000"}, joined({"1000001", "off"}, kBadNumbers)}},
      {"pool.connect_timeout", {{"1ms", "1m"}, joined({"0s", "off"}, kBadDurations)}},
      {"pool.idle_timeout", {{"1h", "off"}, joined({"0s", "none"}, kBadDurations)}},
      {"pool.half_close_timeout", {{"5m", "off"}, joined({"0s", "none"}, kBadDurations)}},
  };
  return kSamples;
}

std::string name_with_scope(const Key& key) {
  constexpr const char* kScopes[] = {"process.", "listener.", "pool."};
  return kScopes[static_cast<int>(key.scope())] + std::string(key.name);
}

/// A file that is in order but for the lines given, which stand where the key's own place is.
std::string file_with(const Key& key, const std::string& lines) {
  std::string text = key.scope() == Scope::process ? lines : "";
  text += "[listener.web]\n";
  if (key.name != "bind") text += "bind = 127.0.0.1:0\n";
  if (key.scope() == Scope::listener) text += lines;
  text += "[pool.web]\n";
  if (key.name != "backend") text += "backend = 127.0.0.1:80\n";
  if (key.scope() == Scope::pool) text += lines;
  return text;
}

std::string line(const Key& key, const std::string& value) {
  return std::string(key.name) + " = " + value + "\n";
}

TEST(ConfigKeys, EachHasSamples) {
  std::set<std::string> keys;
  for (const Key& key : all_keys()) keys.insert(name_with_scope(key));
  EXPECT_THAT(all_keys(), SizeIs(keys.size())) << "a key stands in the table twice";
  EXPECT_THAT(samples(), SizeIs(keys.size()));
  for (const std::string& name : keys) EXPECT_TRUE(samples().contains(name)) << name;
}

TEST(ConfigKeys, EachTakesItsGoodValues) {
  for (const Key& key : all_keys()) {
    for (const std::string& value : samples().at(name_with_scope(key)).good) {
      const std::string text = file_with(key, line(key, value));
      EXPECT_THAT(lines_of(check_file(text).faults), IsEmpty()) << text;
    }
  }
}

TEST(ConfigKeys, EachRefusesItsBadValuesWithOneFaultAndARemedy) {
  for (const Key& key : all_keys()) {
    for (const std::string& value : samples().at(name_with_scope(key)).bad) {
      const std::string text = file_with(key, line(key, value));
      const auto faults = check_file(text).faults;
      ASSERT_THAT(faults, SizeIs(1)) << text;
      EXPECT_EQ(faults[0].key, key.name) << text;
      EXPECT_THAT(faults[0].place, HasSubstr("FILE:")) << text;
      EXPECT_THAT(faults[0].remedy, testing::Not(IsEmpty())) << text;
    }
  }
}

TEST(ConfigKeys, EachRefusesAnEmptyValue) {
  for (const Key& key : all_keys()) {
    for (const char* const empty : {"", "\"\"", "${EMPTY}", "# only a comment"}) {
      const auto faults = check_file(file_with(key, line(key, empty)), {{"EMPTY", ""}}).faults;
      ASSERT_THAT(faults, SizeIs(1)) << name_with_scope(key) << empty;
      EXPECT_EQ(faults[0].text, "the value is empty");
      EXPECT_THAT(faults[0].remedy, HasSubstr(std::string(key.value_form)));
    }
  }
}

TEST(ConfigKeys, EachIsRefusedTwiceUnlessRepeatable) {
  for (const Key& key : all_keys()) {
    const std::string value = samples().at(name_with_scope(key)).good.front();
    const auto faults = check_file(file_with(key, line(key, value) + line(key, value))).faults;
    ASSERT_THAT(faults, SizeIs(1)) << name_with_scope(key);
    EXPECT_THAT(faults[0].text, HasSubstr("already"));
  }
}

TEST(ConfigKeys, EachIsFoundDespiteASlip) {
  for (const Key& key : all_keys()) {
    if (key.name.size() < 4) continue;  // one slip in "pin" leaves too little to recognise
    const std::string mistyped = "x" + std::string(key.name);
    EXPECT_THAT(lines_of(check_file(file_with(key, mistyped + " = 1\n")).faults),
                Contains(HasSubstr(mistyped + ": unknown key. Did you mean '" +
                                   std::string(key.name) + "'?")));
  }
}

TEST(ConfigKeys, EachDefaultIsWhatTheTableSays) {
  for (const Key& key : all_keys()) {
    if (key.default_value.empty()) continue;
    const Config with =
        check_file(file_with(key, line(key, std::string(key.default_value)))).config;
    EXPECT_EQ(with, check_file(file_with(key, "")).config) << name_with_scope(key);
  }
}

TEST(ConfigKeys, EachGoodValueButTheDefaultChangesTheConfig) {
  for (const Key& key : all_keys()) {
    for (const std::string& value : samples().at(name_with_scope(key)).good) {
      if (value == key.default_value || key.name == "pool") continue;
      EXPECT_NE(check_file(file_with(key, line(key, value))).config,
                check_file(file_with(key, "")).config)
          << name_with_scope(key) << " = " << value;
    }
  }
}

TEST(ConfigKeys, EachFlagAndVariableMeansTheSameAsTheFile) {
  const TemporaryFile plain(kGoodSections);
  for (const Key& key : all_keys()) {
    if (key.reach != Key::Reach::everywhere) continue;
    const std::string value = samples().at(name_with_scope(key)).good.back();
    const TemporaryFile file(line(key, value) + kGoodSections);
    const Config config = parse_command_line({"--config", file.path()}, {}).config;
    const auto by_flag =
        parse_command_line({"--config", plain.path(), "--" + std::string(key.flag), value}, {});
    const auto by_variable =
        parse_command_line({"--config", plain.path()}, {{variable_name(key), value}});
    EXPECT_THAT(lines_of(by_flag.faults), IsEmpty());
    EXPECT_THAT(lines_of(by_variable.faults), IsEmpty());
    EXPECT_EQ(by_flag.config, config) << key.name;
    EXPECT_EQ(by_variable.config, config) << key.name;
    EXPECT_NE(config, parse_command_line({"--config", plain.path()}, {}).config) << key.name;
  }
}

TEST(ConfigKeys, EachFlagIsInTheHelp) {
  const std::string help = help_text();
  for (const Key& key : all_keys()) {
    if (key.flag.empty()) continue;
    EXPECT_THAT(help, HasSubstr("--" + std::string(key.flag) + " "));
  }
}

TEST(ConfigKeys, DefaultsAreThoseOfTheDesign) {
  using namespace std::chrono_literals;
  const Config config = check_file(kGoodSections).config;
  EXPECT_EQ(config.pools.at(0).balance, Balance::least_connections);
  EXPECT_EQ(config.pools.at(0).retries, 2U);
  EXPECT_EQ(config.pools.at(0).connect_timeout, 5s);
  EXPECT_EQ(config.pools.at(0).idle_timeout, 1h);
  EXPECT_EQ(config.pools.at(0).half_close_timeout, 5min);
  EXPECT_EQ(config.drain_timeout, 30s);
  EXPECT_EQ(config.drain_delay, 0s);
  EXPECT_EQ(config.access_log, "none");
  EXPECT_EQ(config.listeners.at(0).backlog, 4096U);
  EXPECT_EQ(config.admin->to_string(), "127.0.0.1:9900");
}

}  // namespace
}  // namespace weir::config
