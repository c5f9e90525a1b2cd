#include "config/nearest.h"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace weir::config {
namespace {

// Suggestions are a courtesy: they may not make a file with thousands of faults slow to report.
constexpr std::size_t kMaxWordBytes = 64;
constexpr std::size_t kMaxWordsCompared = 1000;
constexpr std::size_t kMaxWordsListed = 12;

/// Optimal string alignment: the edit distance of Levenshtein, where swapping two neighbours
/// counts as one edit. Three rows of the matrix are enough.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before_last(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({replaced, last[j] + 1, row[j - 1] + 1});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
    std::swap(before_last, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

std::size_t length_difference(std::string_view a, std::string_view b) {
  return a.size() > b.size() ? a.size() - b.size() : b.size() - a.size();
}

}  // namespace

std::optional<std::string_view> nearest(std::string_view text,
                                        std::span<const std::string_view> known) {
  if (text.empty() || text.size() > kMaxWordBytes) return {};
  std::optional<std::string_view> best;
  std::size_t allowed = std::max<std::size_t>(1, text.size() / 3);
  for (const std::string_view word : known.first(std::min(known.size(), kMaxWordsCompared))) {
    if (length_difference(text, word) > allowed) continue;
    const std::size_t distance = edit_distance(text, word);
    // A word of which every letter differs is not what was meant, however short it is.
    if (distance > allowed || distance >= word.size()) continue;
    best = word;
    if (distance == 0) break;
    allowed = distance - 1;  // from here on only a nearer word counts
  }
  return best;
}

std::string did_you_mean(std::string_view text, std::span<const std::string_view> known) {
  const auto word = nearest(text, known);
  return word ? "Did you mean '" + std::string(*word) + "'?" : std::string();
}

std::string listed(std::span<const std::string_view> words) {
  std::string list;
  for (std::size_t i = 0; i < std::min(words.size(), kMaxWordsListed); ++i) {
    if (i > 0) list += ", ";
    list += words[i];
  }
  if (words.size() > kMaxWordsListed) list += ", ...";
  return list;
}

}  // namespace weir::config
