#include "admin/router.h"
#include "base/log.h"
#include "metrics/collector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace weir::admin {
namespace {

using ::testing::HasSubstr;

const std::string kToken = "a-token-that-nobody-guesses";

Route get_route(const char* path, Access access, std::function<Answer(const Call&)> now) {
  return {"GET", path, access, {"limit"}, std::move(now), {}};
}

Sources sources() {
  auto collector = std::make_shared<metrics::Collector>();
  collector->add([](metrics::Writer& w) { w.gauge(metrics::Family::reactors, {}, 2); });
  Sources sources{collector, [] { return true; }};
  sources.routes = {
      get_route("/", Access::page, [](const Call&) { return Answer{}; }),
      get_route("/api/v1/pools", Access::read,
                [](const Call& call) {
                  return json_answer(std::to_string(call.query.number("limit", 7, 10)));
                }),
      {"PUT",
       "/api/v1/pools/{pool}/backends/{backend}/weight",
       Access::change,
       {},
       [](const Call& call) { return json_answer(call.names[0] + " " + call.names[1]); },
       {}},
      {"DELETE",
       "/api/v1/sessions/{id}",
       Access::change,
       {},
       {},
       [](const Call&, const Reply& reply) { reply([] { return json_answer("gone"); }); }}};
  return sources;
}

Request get(std::string target, std::vector<std::string> hosts = {"127.0.0.1:9900"}) {
  Request request;
  request.target = std::move(target);
  request.hosts = std::move(hosts);
  return request;
}

Request change(std::string method, std::string target, const std::string& token = kToken) {
  Request request = get(std::move(target));
  request.method = std::move(method);
  request.authorizations = {"Bearer " + token};
  return request;
}

/// Answers at once, whatever thread an answer would come from.
struct Asked {
  explicit Asked(Rules rules = {}, Sources from = sources())
      : router(std::move(from), std::move(rules)) {}
  Answer answer(const Request& request) {
    std::optional<Answer> late;
    const Reply reply([](const Reply::Work& work) { work(); },
                      [&](const Reply::Maker& maker) { late = router.make(request, maker); });
    const auto now = router.answer(request, reply);
    EXPECT_NE(now.has_value(), late.has_value());
    return now ? *now : late.value_or(Answer{});
  }
  Router router;
};

Rules with_token() {
  Rules rules;
  rules.token = kToken;
  return rules;
}

std::string whole_body(const Answer& answer) {
  std::string body = answer.body;
  if (!answer.pieces) return body;
  for (std::string piece = answer.pieces(); !piece.empty(); piece = answer.pieces()) body += piece;
  return body;
}

TEST(AdminRouter, AnswersEachPath) {
  Asked router;
  const Answer metrics = router.answer(get("/metrics"));
  EXPECT_THAT(whole_body(metrics), HasSubstr("\nweir_reactors 2\n"));
  EXPECT_EQ(metrics.content_type, "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_EQ(router.answer(get("/healthz")).body, "ok\n");
  EXPECT_EQ(router.answer(get("/readyz")).body, "ready\n");
  EXPECT_EQ(router.answer(get("/healthz?verbose=1")).status, 200u);
  EXPECT_EQ(router.answer(get("/")).status, 200u);
  EXPECT_EQ(router.answer(get("/api/v1/pools")).body, "7\n");
  EXPECT_EQ(router.answer(get("/api/v1/pools?limit=3")).body, "3\n");
  EXPECT_EQ(router.answer(get("/api/v1/pools")).content_type, "application/json");
}

TEST(AdminRouter, ReadinessFollowsItsSource) {
  Sources draining = sources();
  draining.ready = [] { return false; };
  Asked router({}, draining);
  EXPECT_EQ(router.answer(get("/readyz")).status, 503u);
  EXPECT_EQ(router.answer(get("/readyz")).body, "draining\n");
  EXPECT_EQ(router.answer(get("/healthz")).status, 200u);
}

TEST(AdminRouter, RefusesUnknownPathsOtherMethodsAndWhatCannotBeRead) {
  Asked router(with_token());
  EXPECT_EQ(router.answer(get("/nowhere")).status, 404u);
  EXPECT_EQ(router.answer(get("")).status, 404u);
  EXPECT_EQ(router.answer(get("/api/v1/pools/")).status, 404u);
  EXPECT_EQ(router.answer(get("/api/v1/pools?limit=11")).status, 400u);
  EXPECT_EQ(router.answer(get("/api/v1/pools?limit=-1")).status, 400u);
  EXPECT_EQ(router.answer(get("/api/v1/pools?most=1")).status, 400u);
  EXPECT_EQ(router.answer(get("/api/v1/pools?limit=1&limit=2")).status, 400u);
  EXPECT_EQ(router.answer(get("/api/v1/%zz")).status, 400u);
  EXPECT_EQ(router.answer(change("POST", "/metrics")).status, 405u);
  EXPECT_EQ(router.answer(change("POST", "/metrics")).allow, "GET, HEAD");
  EXPECT_EQ(router.answer(get("/api/v1/sessions/0-1-2")).allow, "DELETE");
}

TEST(AdminRouter, GivesTheNamesOfAPathDecodedPartByPart) {
  Asked router(with_token());
  const std::string path = "/api/v1/pools/web/backends/";
  EXPECT_EQ(router.answer(change("PUT", path + "10.0.0.1:80/weight")).body, "web 10.0.0.1:80\n");
  EXPECT_EQ(router.answer(change("PUT", path + "unix%3A%2Frun%2Fa.sock/weight")).body,
            "web unix:/run/a.sock\n");
  EXPECT_EQ(router.answer(change("PUT", path + "unix:/run/a.sock/weight")).status, 404u);
}

TEST(AdminRouter, AsksForAKnownHostWhereABrowserCouldBeTricked) {
  Asked router;
  for (const char* path : {"/", "/api/v1/pools"}) {
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
  EXPECT_EQ(Asked(rules).answer(get("/", {"weir.example"})).status, 200u);
}

TEST(AdminRouter, RefusesWhatAPageOfAnotherOriginAsks) {
  Asked router(with_token());
  for (const char* origin : {"http://evil.example", "null", "http://127.0.0.1:80", "file://",
                             "http://127.0.0.1:9900.evil.example", ""}) {
    for (Request request : {get("/api/v1/pools"), change("DELETE", "/api/v1/sessions/0-1-2")}) {
      request.origins = {origin};
      EXPECT_EQ(router.answer(request).status, 403u) << origin;
      request.origins = {"http://127.0.0.1:9900", origin};
      EXPECT_EQ(router.answer(request).status, 403u) << origin;
    }
  }
  Request ours = change("DELETE", "/api/v1/sessions/0-1-2");
  ours.origins = {"http://127.0.0.1:9900"};
  EXPECT_EQ(router.answer(ours).body, "gone\n");
}

TEST(AdminRouter, ChangesNeedTheTokenEvenOnLoopback) {
  const std::string path = "/api/v1/sessions/0-1-2";
  EXPECT_EQ(Asked().answer(change("DELETE", path)).status, 403u) << "there is no token";
  EXPECT_EQ(Asked().answer(change("DELETE", path, "")).status, 403u);
  Asked router(with_token());
  EXPECT_EQ(router.answer(change("DELETE", path)).status, 200u);
  for (const std::string& token :
       {std::string(), kToken + "x", kToken.substr(1), std::string(kToken.size(), 'x')}) {
    EXPECT_EQ(router.answer(change("DELETE", path, token)).status, 401u) << token;
    EXPECT_THAT(router.answer(change("DELETE", path, token)).authenticate,
                HasSubstr("invalid_token"));
  }
  Request request = change("DELETE", path);
  request.authorizations = {};
  EXPECT_EQ(router.answer(request).status, 401u);
  EXPECT_EQ(router.answer(request).authenticate, "Bearer realm=\"weir\"");
  request.authorizations = {kToken};
  EXPECT_EQ(router.answer(request).status, 401u) << "not as a bearer";
  request.authorizations = {"Bearer " + kToken, "Bearer " + kToken};
  EXPECT_EQ(router.answer(request).status, 401u);
}

TEST(AdminRouter, BeyondLoopbackAnswersOnlyProbesUnlessAnyoneMayRead) {
  Rules rules;
  rules.bound_to_loopback = false;
  Asked guarded(rules);
  EXPECT_EQ(guarded.answer(get("/api/v1/pools")).status, 403u);
  EXPECT_THAT(guarded.answer(get("/")).body, HasSubstr("admin_read"));
  EXPECT_EQ(guarded.answer(get("/metrics")).status, 200u);
  rules.read = config::AdminRead::anyone;
  Asked open(rules);
  EXPECT_EQ(open.answer(get("/api/v1/pools")).status, 200u);
  EXPECT_EQ(open.answer(get("/api/v1/pools", {"evil.example"})).status, 421u);
}

TEST(AdminRouter, BeyondLoopbackTheTokenOpensTheApiAndThePageMayAskForIt) {
  Rules rules = with_token();
  rules.bound_to_loopback = false;
  Asked router(rules);
  EXPECT_EQ(router.answer(get("/")).status, 200u);
  EXPECT_EQ(router.answer(get("/api/v1/pools")).status, 401u);
  Request request = get("/api/v1/pools");
  request.authorizations = {"Bearer " + kToken};
  EXPECT_EQ(router.answer(request).status, 200u);
}

TEST(AdminRouter, TakesABodyForChangesOnlyAndSaysWhatElseIsWrong) {
  const Asked asked;
  const auto status_of = [&](const char* method, const char* target) {
    const auto refusal = asked.router.refusal_of_body(method, target);
    return refusal ? refusal->status : 0;
  };
  EXPECT_EQ(status_of("PUT", "/api/v1/pools/a/backends/b/weight?x"), 0u);
  EXPECT_EQ(status_of("GET", "/api/v1/pools"), 413u);
  EXPECT_EQ(status_of("POST", "/api/v1/pools/a/backends/b/weight"), 405u);
  EXPECT_EQ(status_of("POST", "/metrics"), 405u);
  EXPECT_EQ(status_of("PUT", "/api/v1/pools/a/backends/unix:/b/weight"), 404u);
  EXPECT_EQ(status_of("POST", "/%"), 400u);
}

TEST(AdminRouter, AnswersAFaultOfASourceWith500) {
  Sources faulty = sources();
  faulty.routes.push_back(get_route(
      "/now", Access::read, [](const Call&) -> Answer { throw std::runtime_error("fault"); }));
  faulty.routes.push_back(
      {"GET", "/later", Access::read, {}, {}, [](const Call&, const Reply& reply) {
         reply([]() -> Answer { throw std::runtime_error("fault"); });
       }});
  faulty.ready = []() -> bool { throw 1; };
  Asked router({}, faulty);
  EXPECT_EQ(router.answer(get("/now")).status, 500u);
  EXPECT_EQ(router.answer(get("/later")).status, 500u);
  EXPECT_EQ(router.answer(get("/readyz")).status, 500u);
}

}  // namespace
}  // namespace weir::admin
