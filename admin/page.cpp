#include "admin/page.h"

#include "admin/page_files.h"

#include <array>
#include <string>
#include <string_view>
#include <utility>

namespace weir::admin {
namespace {

constexpr unsigned kNotModified = 304;
constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kContentTypes = {
    {{".html", "text/html; charset=utf-8"},
     {".css", "text/css; charset=utf-8"},
     {".js", "text/javascript; charset=utf-8"},
     {".json", "application/json"},
     {".svg", "image/svg+xml"}}};

std::string_view content_type_of(std::string_view name) {
  for (const auto& [ending, type] : kContentTypes)
    if (name.ends_with(ending)) return type;
  return "application/octet-stream";
}

std::string path_of(std::string_view name) {
  if (name == "index.html") return "/";
  if (name == "openapi.json") return "/api/v1/openapi.json";
  return "/page/" + std::string(name);
}

Answer answer_with(const PageFile& file, const Request& request) {
  Answer answer;
  answer.etag = "\"" + std::string(file.hash) + "\"";
  answer.content_type = content_type_of(file.name);
  if (request.if_none_match == answer.etag)
    answer.status = kNotModified;
  else
    answer.body = file.body;
  return answer;
}

}  // namespace

std::vector<Route> page_routes() {
  std::vector<Route> routes;
  for (const PageFile& file : page_files())
    routes.push_back({"GET",
                      path_of(file.name),
                      Access::page,
                      {},
                      [&file](const Call& call) { return answer_with(file, call.request); },
                      {}});
  return routes;
}

}  // namespace weir::admin
