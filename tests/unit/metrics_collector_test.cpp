#include "metrics/collector.h"
#include "metrics/families.h"
#include "metrics/histogram.h"
#include "metrics/process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/text_serializer.h>

#include <array>
#include <atomic>
#include <chrono>
#include <map>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>

namespace weir::metrics {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::Contains;
using ::testing::Key;
using ::testing::Pair;

std::string expose(const Collector& collector) {
  return prometheus::TextSerializer().Serialize(collector.Collect());
}

/// The exposition as a scraper sees it: series (name and labels) to value.
std::map<std::string, double> parse(const std::string& exposition) {
  std::map<std::string, double> samples;
  std::istringstream stream(exposition);
  for (std::string line; std::getline(stream, line);) {
    if (line.empty() || line.front() == '#') continue;
    const auto space = line.rfind(' ');
    const double value = std::stod(line.substr(space + 1));
    EXPECT_TRUE(samples.emplace(line.substr(0, space), value).second) << "twice: " << line;
  }
  return samples;
}

TEST(Families, FollowTheNamingRules) {
  std::set<std::string> names;
  for (std::size_t i = 0; i < kFamilyCount; ++i) {
    const FamilyDescription& row = describe(static_cast<Family>(i));
    const std::string name = row.name;
    EXPECT_TRUE(name.starts_with("weir_")) << name;
    EXPECT_EQ(name.ends_with("_total"), row.type == prometheus::MetricType::Counter) << name;
    EXPECT_TRUE(std::string(row.help).ends_with(".")) << name;
    EXPECT_TRUE(names.insert(name).second) << name;
  }
}

TEST(Collector, TellsEveryFamilyBeforeAnySampleExists) {
  const std::string exposition = expose(Collector());
  for (std::size_t i = 0; i < kFamilyCount; ++i) {
    const std::string name = describe(static_cast<Family>(i)).name;
    EXPECT_THAT(exposition, ::testing::HasSubstr("# TYPE " + name + " "));
    EXPECT_THAT(exposition, ::testing::HasSubstr("# HELP " + name + " "));
  }
}

TEST(Collector, JoinsTheSamplesOfItsSources) {
  Collector collector;
  collector.add([](Writer& w) { w.counter(Family::listener_accepted, {{"listener", "a"}}, 3); });
  collector.add([](Writer& w) { w.counter(Family::listener_accepted, {{"listener", "b"}}, 4); });
  collector.add([](Writer& w) { w.gauge(Family::draining, {}, 1); });
  const auto samples = parse(expose(collector));
  EXPECT_THAT(samples, Contains(Pair("weir_listener_accepted_total{listener=\"a\"}", 3)));
  EXPECT_THAT(samples, Contains(Pair("weir_listener_accepted_total{listener=\"b\"}", 4)));
  EXPECT_THAT(samples, Contains(Pair("weir_draining", 1)));
}

TEST(Collector, EscapesLabelValues) {
  Collector collector;
  collector.add([](Writer& w) {
    w.gauge(Family::pool_sessions_active, {{"pool", "a\"b\\c\nd"}}, 1);
  });
  EXPECT_THAT(parse(expose(collector)),
              Contains(Key("weir_pool_sessions_active{pool=\"a\\\"b\\\\c\\nd\"}")));
}

TEST(Collector, KeepsLargeCountsExact) {
  Collector collector;
  collector.add([](Writer& w) {
    w.counter(Family::listener_sent_bytes, {{"listener", "a"}}, 9007199254740991.0);
  });
  EXPECT_THAT(parse(expose(collector)),
              Contains(Pair("weir_listener_sent_bytes_total{listener=\"a\"}", 9007199254740991.0)));
}

TEST(Collector, LetsAFaultOfASourceThrough) {
  Collector collector;
  collector.add([](Writer&) { throw std::runtime_error("fault"); });
  EXPECT_THROW(expose(collector), std::runtime_error);
}

TEST(Writer, SumsAHistogramOverReactorsCumulativelyInSeconds) {
  Histogram first;
  Histogram second;
  first.observe(milliseconds(1));
  first.observe(milliseconds(2));
  second.observe(milliseconds(2));
  second.observe(seconds(500));
  Collector collector;
  collector.add([&](Writer& w) {
    const std::array<const Histogram*, 2> parts{&first, &second};
    w.histogram(Family::backend_connect_seconds, {{"pool", "p"}, {"backend", "b"}}, parts);
  });
  const auto samples = parse(expose(collector));
  const std::string series = "weir_backend_connect_seconds";
  const std::string labels = "{pool=\"p\",backend=\"b\"";
  EXPECT_THAT(samples, Contains(Pair(series + "_bucket" + labels + ",le=\"0.0005\"}", 0)));
  EXPECT_THAT(samples, Contains(Pair(series + "_bucket" + labels + ",le=\"0.001\"}", 1)));
  EXPECT_THAT(samples, Contains(Pair(series + "_bucket" + labels + ",le=\"0.0025\"}", 3)));
  EXPECT_THAT(samples, Contains(Pair(series + "_bucket" + labels + ",le=\"100\"}", 3)));
  EXPECT_THAT(samples, Contains(Pair(series + "_bucket" + labels + ",le=\"+Inf\"}", 4)));
  EXPECT_THAT(samples, Contains(Pair(series + "_count" + labels + "}", 4)));
  EXPECT_THAT(samples, Contains(Pair(series + "_sum" + labels + "}", 500.005)));
}

TEST(Writer, KeepsBucketsAndCountConsistentWhileTheReactorGoesOn) {
  Histogram histogram;
  std::atomic<bool> done{false};
  std::thread reactor([&] {
    while (!done) {
      for (int ms = 0; ms < 1000; ms += 50) histogram.observe(milliseconds(ms));
    }
  });
  for (int scrape = 0; scrape < 200; ++scrape) {
    Writer writer;
    const std::array<const Histogram*, 1> part{&histogram};
    writer.histogram(Family::listener_session_seconds, {{"listener", "a"}}, part);
    const auto families = std::move(writer).take();
    const auto& family = families.at(static_cast<std::size_t>(Family::listener_session_seconds));
    const auto& exported = family.metric.at(0).histogram;
    EXPECT_EQ(exported.sample_count, exported.bucket.back().cumulative_count);
    for (std::size_t i = 1; i < exported.bucket.size(); ++i) {
      EXPECT_GE(exported.bucket[i].cumulative_count, exported.bucket[i - 1].cumulative_count);
    }
  }
  done = true;
  reactor.join();
}

TEST(Writer, TellsCountsInTheirOwnUnit) {
  BatchHistogram batches;
  batches.observe(1);
  batches.observe(3);
  batches.observe(256);
  Collector collector;
  collector.add([&](Writer& w) {
    const std::array<const BatchHistogram*, 1> parts{&batches};
    w.histogram(Family::reactor_events_per_poll, {{"reactor", "0"}}, parts);
  });
  const auto samples = parse(expose(collector));
  const std::string series = "weir_reactor_events_per_poll";
  EXPECT_THAT(samples, Contains(Pair(series + "_bucket{reactor=\"0\",le=\"1\"}", 1)));
  EXPECT_THAT(samples, Contains(Pair(series + "_bucket{reactor=\"0\",le=\"4\"}", 2)));
  EXPECT_THAT(samples, Contains(Pair(series + "_bucket{reactor=\"0\",le=\"256\"}", 3)));
  EXPECT_THAT(samples, Contains(Pair(series + "_bucket{reactor=\"0\",le=\"+Inf\"}", 3)));
  EXPECT_THAT(samples, Contains(Pair(series + "_sum{reactor=\"0\"}", 260)));
}

TEST(WriterDeathTest, RefusesASampleOfTheWrongType) {
  EXPECT_DEATH(Writer().gauge(Family::listener_accepted, {}, 1), "broken invariant");
}

TEST(Process, TellsDescriptorsMemoryAndBuild) {
  Collector collector;
  collector.add(write_process);
  const auto samples = parse(expose(collector));
  EXPECT_GE(samples.at("weir_open_fds"), 3);
  EXPECT_GT(samples.at("weir_max_fds"), samples.at("weir_open_fds"));
  EXPECT_GT(samples.at("weir_resident_memory_bytes"), 1e6);
  EXPECT_GT(samples.at("weir_start_time_seconds"), 1.7e9);
  EXPECT_THAT(samples, Contains(Key(::testing::StartsWith("weir_build_info{version=\""))));
}

}  // namespace
}  // namespace weir::metrics
