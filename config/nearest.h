#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace weir::config {

/// The known word that a mistyped one most likely means: at most a third of its letters, and at
/// least one, may be wrong, missing, added or swapped with their neighbour. Empty if none is near.
std::optional<std::string_view> nearest(std::string_view text,
                                        std::span<const std::string_view> known);

/// "Did you mean 'x'?", or an empty text when nothing is near.
std::string did_you_mean(std::string_view text, std::span<const std::string_view> known);

/// "a, b, c"; long lists end in "...".
std::string listed(std::span<const std::string_view> words);

}  // namespace weir::config
