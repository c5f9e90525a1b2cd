#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace weir::admin {

/// A request that asks for something that cannot be: answered with 400 and the text.
class BadRequest : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The parts of a path between its slashes, each percent-decoded by itself, so that "%2F" is a
/// letter of its part. Throws BadRequest.
[[nodiscard]] std::vector<std::string> path_parts(std::string_view path);

/// What stands behind the question mark of a target: names and values. Each name once.
class Query {
 public:
  Query() = default;
  /// Throws BadRequest when it cannot be read, or when a name is none of `known`.
  Query(std::string_view text, const std::vector<std::string_view>& known);

  /// The value, or the empty text.
  [[nodiscard]] const std::string& text(std::string_view name) const;
  /// A whole number up to `most`, or `otherwise` when it is not given. Throws BadRequest.
  [[nodiscard]] std::uint64_t number(std::string_view name, std::uint64_t otherwise,
                                     std::uint64_t most) const;

 private:
  std::map<std::string, std::string, std::less<>> values_;
};

}  // namespace weir::admin
