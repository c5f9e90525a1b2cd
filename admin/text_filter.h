#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace weir::admin {

/// What somebody typed to find something: words between blanks, all of which must be met, in small
/// letters. "pool:cache" must be met by the pool, "cache" by anything. Pure.
struct TextFilter {
  struct Word {
    std::string field;  ///< empty: any
    std::string text;

    /// Whether a value of that field has the text in it, whatever the case.
    [[nodiscard]] bool is_in(std::string_view field_of_value, std::string_view value) const;
  };
  std::vector<Word> words;

  /// Words and letters above these are a slip: BadRequest.
  static constexpr std::size_t kMostWords = 16;
  static constexpr std::size_t kMostLetters = 256;
  /// Other fields than those are text: "10.0.0.1:80" asks for no field.
  static TextFilter of(std::string_view text, const std::vector<std::string_view>& fields);
};

}  // namespace weir::admin
