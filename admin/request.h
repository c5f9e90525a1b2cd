#pragma once

#include <string>
#include <vector>

namespace weir::admin {

/// What a client asks, without the connection that it came by.
struct Request {
  std::string method = "GET";
  std::string target;              ///< as sent: a path, perhaps with a query
  std::vector<std::string> hosts;  ///< every Host field, as those below
  std::vector<std::string> origins{};
  std::vector<std::string> authorizations{};
  std::string content_type{};
  std::string if_none_match{};
  std::string body{};

  [[nodiscard]] bool is_read() const { return method == "GET" || method == "HEAD"; }
};

}  // namespace weir::admin
