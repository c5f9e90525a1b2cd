#include "admin/router.h"
#include "base/log.h"
#include "metrics/collector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace weir::admin {
namespace {

using ::testing::HasSubstr;

Sources sources() {
  auto collector = std::make_shared<metrics::Collector>();
  collector->add([](metrics::Writer& w) { w.gauge(metrics::Family::reactors, {}, 2); });
  return {collector, [] { return true; }, [] { return std::string("{\"reactors\":2}"); },
          [] { return std::string("{\"pools\":[]}"); }};
}

Request get(std::string target, std::vector<std::string> hosts = {"127.0.0.1:9900"}) {
  return {true, std::move(target), std::move(hosts)};
}

std::string whole_body(const Answer& answer) {
  std::string body = answer.body;
  if (!answer.pieces) return body;
  for (std::string piece = answer.pieces(); !piece.empty(); piece = answer.pieces()) body += piece;
  return body;
}

TEST(AdminRouter, AnswersEachPath) {
  Router router(sources(), Rules{});
  const Answer metrics = router.answer(get("/metrics"));
  EXPECT_THAT(whole_body(metrics), HasSubstr("\nweir_reactors 2\n"));
  EXPECT_EQ(metrics.content_type, "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_EQ(router.answer(get("/healthz")).body, "ok\n");
  EXPECT_EQ(router.answer(get("/readyz")).body, "ready\n");
  EXPECT_EQ(router.answer(get("/api/v1/status")).body, "{\"reactors\":2}");
  EXPECT_EQ(router.answer(get("/api/v1/pools")).body, "{\"pools\":[]}");
  EXPECT_EQ(router.answer(get("/api/v1/status")).content_type, "application/json");
  EXPECT_THAT(router.answer(get("/")).body, HasSubstr("href=\"/metrics\""));
  EXPECT_EQ(router.answer(get("/healthz?verbose=1")).status, 200u);
}

TEST(AdminRouter, ReadinessFollowsItsSource) {
  Sources draining = sources();
  draining.ready = [] { return false; };
  Router router(draining, Rules{});
  EXPECT_EQ(router.answer(get("/readyz")).status, 503u);
  EXPECT_EQ(router.answer(get("/readyz")).body, "draining\n");
  EXPECT_EQ(router.answer(get("/healthz")).status, 200u);
}

TEST(AdminRouter, RefusesUnknownPathsAndOtherMethods) {
  Router router(sources(), Rules{});
  EXPECT_EQ(router.answer(get("/nowhere")).status, 404u);
  EXPECT_EQ(router.answer(get("")).status, 404u);
  Request post = get("/metrics");
  post.is_read = false;
  EXPECT_EQ(router.answer(post).status, 405u);
  EXPECT_EQ(router.answer(post).allow, "GET, HEAD");
}

TEST(AdminRouter, AsksForAKnownHostWhereABrowserCouldBeTricked) {
  Router router(sources(), Rules{});
  for (const char* path : {"/", "/api/v1/status", "/api/v1/pools"}) {
    EXPECT_EQ(router.answer(get(path, {"evil.example"})).status, 421u) << path;
    EXPECT_THAT(router.answer(get(path, {"evil.example"})).body, HasSubstr("admin_hosts")) << path;
    EXPECT_EQ(router.answer(get(path, {})).status, 400u) << path;
    EXPECT_EQ(router.answer(get(path, {"localhost", "evil.example"})).status, 400u) << path;
  }
  for (const char* path : {"/metrics", "/healthz", "/readyz"}) {
    EXPECT_EQ(router.answer(get(path, {"evil.example"})).status, 200u) << path;
    EXPECT_EQ(router.answer(get(path, {})).status, 200u) << path;
  }
}

TEST(AdminRouter, KnowsTheConfiguredHosts) {
  Rules rules;
  rules.hosts = {"weir.example"};
  Router router(sources(), rules);
  EXPECT_EQ(router.answer(get("/", {"weir.example"})).status, 200u);
}

TEST(AdminRouter, BeyondLoopbackAnswersOnlyProbesUnlessAnyoneMayRead) {
  Rules rules;
  rules.bound_to_loopback = false;
  Router guarded(sources(), rules);
  EXPECT_EQ(guarded.answer(get("/api/v1/status")).status, 403u);
  EXPECT_THAT(guarded.answer(get("/")).body, HasSubstr("admin_read"));
  EXPECT_EQ(guarded.answer(get("/metrics")).status, 200u);
  rules.read = config::AdminRead::anyone;
  Router open(sources(), rules);
  EXPECT_EQ(open.answer(get("/api/v1/status")).status, 200u);
  EXPECT_EQ(open.answer(get("/api/v1/status", {"evil.example"})).status, 421u);
}

TEST(AdminRouter, AnswersAFaultOfASourceWith500) {
  Sources faulty = sources();
  faulty.status_json = []() -> std::string { throw std::runtime_error("fault"); };
  faulty.ready = []() -> bool { throw 1; };
  Router router(faulty, Rules{});
  EXPECT_EQ(router.answer(get("/api/v1/status")).status, 500u);
  EXPECT_EQ(router.answer(get("/readyz")).status, 500u);
}

}  // namespace
}  // namespace weir::admin
