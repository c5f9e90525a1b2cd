#include "proxy/access_line.h"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <netinet/in.h>

#include <chrono>
#include <cstring>
#include <limits>
#include <memory>
#include <string>
#include <string_view>

namespace weir::proxy {
namespace {

using namespace std::chrono_literals;
using config::AccessLogFormat;
using testing::EndsWith;
using testing::HasSubstr;

const auto kEnded = std::chrono::system_clock::time_point(1'700'000'000s + 123ms);
constexpr base::TimePoint kNow{1h};

ClientAddress client_of(const char* host, std::uint16_t port) {
  sockaddr_storage storage{};
  const auto endpoint = *base::Endpoint::parse(std::string(host) + ":" + std::to_string(port));
  std::memcpy(&storage, endpoint.data(), endpoint.size());
  return ClientAddress(storage);
}

/// A session that failed twice, connected, relayed, and was reset by its client.
SessionState eventful() {
  SessionState session;
  session.client = client_of("10.0.0.7", 50123);
  session.reason = {Who::client, How::reset, Phase::relay};
  session.accepted_at = kNow - 2500ms;
  session.attempts = 3;
  session.ticket = 17;
  session.grant = 12;
  session.queue_time = short_time(40ms);
  session.connect_time = short_time(211us);
  session.first_byte_time = short_time(7ms);
  session.counts_backend = true;
  session.answered = true;
  session.downstream_tcp = {1500, 2};
  session.upstream_tcp = {90, 0};
  session.setbacks = std::make_unique<Setbacks>();
  session.setbacks->add({1, short_time(120us), balancer::ConnectError::refused});
  session.setbacks->add({2, short_time(1s), balancer::ConnectError::timeout});
  return session;
}

AccessRecord record_of(const SessionState& session) {
  AccessRecord record(session, kNow);
  record.reactor = 3;
  record.index = 41;
  record.generation = 7;
  record.reactor_sessions = 5;
  record.listener_sessions = 8;
  record.backend_sessions = 4;
  record.add_name("redis");
  record.add_name("cache");
  record.add_name(session.counts_backend ? "10.0.0.3:6379" : "");
  if (session.setbacks)
    for (std::size_t i = 0; i < session.setbacks->kept().size(); ++i)
      record.add_name("10.0.0." + std::to_string(i + 1) + ":6379");
  return record;
}

std::string line_of(const AccessRecord& record, const AccessLogFormat& format) {
  std::string line;
  AccessLine(format).format(kEnded, record.bytes(), line);
  return line;
}

std::string line_of(const SessionState& session, const std::string& format) {
  return line_of(record_of(session), *config::parse_access_log_format(format));
}

TEST(AccessLine, TextTellsEverything) {
  EXPECT_EQ(line_of(eventful(), "text"),
            "2023-11-14T22:13:20.123Z 10.0.0.7:50123 redis cache/10.0.0.3:6379 reactor=3 id=3.41.7 "
            "attempts=3 failed=10.0.0.1:6379/refused/0.120ms,10.0.0.2:6379/timeout/1000.000ms "
            "ticket=17 grant=12 queue=40.000ms connect=0.211ms first_byte=7.000ms "
            "session=2500.000ms received=0 sent=0 sessions=5/8/4 rtt=1.500/0.090ms "
            "retransmits=2/0 client/reset/relay");
}

TEST(AccessLine, JsonHasEveryFieldWithItsType) {
  const auto line = boost::json::parse(line_of(eventful(), "json")).as_object();
  EXPECT_EQ(line.size(), config::kAccessFieldCount);
  EXPECT_EQ(line.at("time").as_string(), "2023-11-14T22:13:20.123Z");
  EXPECT_EQ(line.at("accepted").as_string(), "2023-11-14T22:13:17.623Z");
  EXPECT_EQ(line.at("client").as_string(), "10.0.0.7:50123");
  EXPECT_EQ(line.at("retries").as_int64(), 2);
  EXPECT_EQ(line.at("session_ms").as_double(), 2500);
  EXPECT_EQ(line.at("failed").as_array().size(), 2U);
  EXPECT_EQ(line.at("failed").at(1).at("error").as_string(), "timeout");
  EXPECT_EQ(line.at("failed").at(1).at("ms").as_double(), 1000);
}

TEST(AccessLine, WhatIsNotKnownIsADashOrNull) {
  SessionState session;
  session.reason = {Who::weir, How::health, Phase::pick};
  session.accepted_at = kNow;
  EXPECT_EQ(line_of(session,
                    "{client} {backend} {failed} {connect_ms} {first_byte_ms} "
                    "{backend_sessions} {client_rtt_ms} {attempts} {retries}"),
            "unix - - - - - - 0 0");
  const auto line = boost::json::parse(line_of(session, "json")).as_object();
  for (const char* key : {"backend", "connect_ms", "first_byte_ms", "client_rtt_ms"})
    EXPECT_TRUE(line.at(key).is_null()) << key;
  EXPECT_TRUE(line.at("failed").as_array().empty());
}

TEST(AccessLine, ATemplateIsWrittenAsItStands) {
  EXPECT_EQ(line_of(eventful(), "<134> {{{who}}} {how}"), "<134> {client} reset");
}

TEST(AccessLine, NoNameForgesALineOrAField) {
  const std::string evil = "x\n\"} who=weir \xff\x1b";
  AccessRecord record;
  record.is_connected = true;
  record.failed_count = 1;
  for (int names = 0; names < 4; ++names) record.add_name(evil);
  for (const char* format : {"json", "text", "{listener}|{pool}|{backend}|{failed}"}) {
    const std::string line = line_of(record, *config::parse_access_log_format(format));
    EXPECT_EQ(line.find_first_of("\n\x1b\xff"), std::string::npos) << line;
    EXPECT_EQ(line.find(" who=weir"), std::string::npos) << line;
  }
  const auto line = boost::json::parse(line_of(record, AccessLogFormat::json())).as_object();
  EXPECT_EQ(line.at("listener").as_string(), "x\n\"} who=weir \xef\xbf\xbd\x1b");
  EXPECT_EQ(line.size(), config::kAccessFieldCount);
}

TEST(AccessRecord, HasRoomForTheLongestNames) {
  const std::string name(64, 'n');
  const std::string path = "unix:/" + std::string(106, 'p');
  AccessRecord record;
  record.is_connected = true;
  record.failed_count = Setbacks::kMost;
  record.add_name(name);
  record.add_name(name);
  for (std::size_t backends = 0; backends < 1 + Setbacks::kMost; ++backends) record.add_name(path);
  EXPECT_LE(record.bytes().size(), base::log::kMaxRecordBytes);
  const std::string line = line_of(record, *config::parse_access_log_format("{pool} {failed}"));
  EXPECT_THAT(line, HasSubstr(name + " " + path + "/"));
  EXPECT_THAT(line, EndsWith("," + path + "/other/0.000ms"));
}

TEST(AccessRecord, CutsWhatHasNoRoomAndBearsBytesThatAreNone) {
  AccessRecord record;
  for (int names = 0; names < 20; ++names) record.add_name(std::string(300, 'n'));
  EXPECT_EQ(record.names_size, AccessRecord::kNamesBytes);
  EXPECT_EQ(AccessRecord::of("nonsense").names_size, 0);
}

TEST(Setbacks, KeepsTheFirstFew) {
  Setbacks setbacks;
  for (balancer::SlotNumber slot = 0; slot < 9; ++slot)
    setbacks.add({slot, ShortTime(0), balancer::ConnectError::refused});
  ASSERT_EQ(setbacks.kept().size(), Setbacks::kMost);
  EXPECT_EQ(setbacks.kept().back().slot, Setbacks::kMost - 1);
}

TEST(ShortTime, EndsAtItsLimits) {
  EXPECT_EQ(short_time(-1s).count(), 0U);
  EXPECT_EQ(short_time(1500ns).count(), 1U);
  EXPECT_EQ(short_time(24h * 365).count(), std::numeric_limits<std::uint32_t>::max());
}

}  // namespace
}  // namespace weir::proxy
