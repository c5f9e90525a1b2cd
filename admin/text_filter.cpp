#include "admin/text_filter.h"

#include "admin/uri.h"

#include <algorithm>
#include <utility>

namespace weir::admin {
namespace {

char small(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

std::string in_small_letters(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), small);
  return result;
}

}  // namespace

bool TextFilter::Word::is_in(std::string_view field_of_value, std::string_view value) const {
  if (!field.empty() && field != field_of_value) return false;
  const auto found = std::search(value.begin(), value.end(), text.begin(), text.end(),
                                 [](char a, char b) { return small(a) == b; });
  return found != value.end() || text.empty();
}

TextFilter TextFilter::of(std::string_view text, const std::vector<std::string_view>& fields) {
  if (text.size() > kMostLetters) throw BadRequest("That is too long for a filter.");
  TextFilter filter;
  for (;;) {
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    if (text.empty()) return filter;
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(word.size());
    const std::string_view field = word.substr(0, std::min(word.find(':'), word.size()));
    const bool is_field = field.size() < word.size() &&
                          std::find(fields.begin(), fields.end(), field) != fields.end();
    if (filter.words.size() == kMostWords) throw BadRequest("Those are too many words.");
    filter.words.push_back({is_field ? std::string(field) : std::string(),
                            in_small_letters(is_field ? word.substr(field.size() + 1) : word)});
  }
}

}  // namespace weir::admin
