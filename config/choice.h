#pragma once

#include "config/fault.h"
#include "config/nearest.h"
#include "config/parsed.h"

#include <array>
#include <cstddef>
#include <string_view>

namespace weir::config {

/// One word of an enumeration's vocabulary.
template <typename Enum>
struct Choice {
  std::string_view word;
  Enum value;
};

/// The value whose word is `text`; else a problem that lists all words and the nearest.
template <typename Enum, std::size_t Size>
Parsed<Enum> parse_choice(std::string_view text, const std::array<Choice<Enum>, Size>& choices) {
  std::array<std::string_view, Size> words;
  for (std::size_t i = 0; i < Size; ++i) {
    if (choices[i].word == text) return choices[i].value;
    words[i] = choices[i].word;
  }
  std::string remedy = did_you_mean(text, words);
  if (!remedy.empty()) remedy += " ";
  return Problem{"unknown value " + quoted(text), remedy + "Known are: " + listed(words)};
}

}  // namespace weir::config
