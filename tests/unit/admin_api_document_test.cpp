#include "admin/api.h"
#include "admin/page.h"
#include "admin/page_files.h"
#include "proxy/server.h"

#include <boost/asio/io_context.hpp>
#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

namespace weir::admin {
namespace {

namespace json = boost::json;

std::string_view file_of_page(std::string_view name) {
  const auto files = page_files();
  const auto found =
      std::find_if(files.begin(), files.end(), [&](const auto& file) { return file.name == name; });
  return found == files.end() ? std::string_view() : found->body;
}

/// "PUT /api/v1/...{pool}...?parameters" of each operation.
std::set<std::string> routed() {
  boost::asio::io_context control(1);
  proxy::Server server(control);
  const auto api = std::make_shared<Api>(
      server, [] { return false; }, false);
  std::vector<Route> routes = Api::routes(api);
  for (Route& route : page_routes()) routes.push_back(std::move(route));
  std::set<std::string> operations;
  for (const Route& route : routes) {
    if (!route.path.starts_with("/api/")) continue;
    std::string operation = route.method + " " + route.path;
    for (const std::string_view name : route.parameters) operation += " " + std::string(name);
    operations.insert(operation);
  }
  return operations;
}

std::set<std::string> described() {
  const json::value document = json::parse(file_of_page("openapi.json"));
  std::set<std::string> operations;
  for (const auto& path : document.at("paths").as_object())
    for (const auto& operation : path.value().as_object()) {
      std::string text(operation.key());
      std::transform(text.begin(), text.end(), text.begin(),
                     [](char c) { return static_cast<char>(c - 'a' + 'A'); });
      text += " " + std::string(path.key());
      const auto* const parameters = operation.value().as_object().if_contains("parameters");
      for (std::size_t i = 0; parameters != nullptr && i < parameters->as_array().size(); ++i) {
        const json::value* parameter = &parameters->as_array()[i];
        if (const auto* const elsewhere = parameter->as_object().if_contains("$ref"))
          parameter = &document.at_pointer(std::string(elsewhere->as_string()).substr(1));
        if (parameter->at("in") == "query")
          text += " " + std::string(parameter->at("name").as_string());
      }
      operations.insert(text);
    }
  return operations;
}

TEST(AdminApiDocument, DescribesEveryRouteWithItsParametersAndNoOther) {
  EXPECT_THAT(described(), ::testing::ContainerEq(routed()));
  EXPECT_GT(routed().size(), 10u);
}

TEST(AdminPage, LoadsNothingFromElsewhereAndHasNothingInline) {
  ASSERT_FALSE(file_of_page("index.html").empty());
  for (const PageFile& file : page_files()) {
    std::string body(file.body);
    const std::string name_space = "http://www.w3.org/2000/svg";
    for (auto place = body.find(name_space); place != std::string::npos;
         place = body.find(name_space))
      body.erase(place, name_space.size());
    EXPECT_EQ(body.find("://"), std::string::npos) << file.name;
    EXPECT_EQ(body.find("style="), std::string::npos) << file.name;
    EXPECT_EQ(body.find("innerHTML"), std::string::npos) << file.name;
    EXPECT_EQ(file.hash.size(), 32u) << file.name;
  }
  EXPECT_EQ(file_of_page("index.html").find("onclick"), std::string_view::npos);
}

TEST(AdminPage, IsKeptUntilItChanges) {
  const auto routes = page_routes();
  const auto index = std::find_if(routes.begin(), routes.end(),
                                  [](const Route& route) { return route.path == "/"; });
  ASSERT_NE(index, routes.end());
  Request request;
  const Answer first = index->now(Call{request, {}, {}});
  EXPECT_EQ(first.status, 200u);
  EXPECT_EQ(first.content_type, "text/html; charset=utf-8");
  request.if_none_match = first.etag;
  const Answer second = index->now(Call{request, {}, {}});
  EXPECT_EQ(second.status, 304u);
  EXPECT_EQ(second.body, "");
}

}  // namespace
}  // namespace weir::admin
