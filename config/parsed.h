#pragma once

#include <boost/system/result.hpp>

#include <string>
#include <utility>

namespace weir::config {

/// What is wrong with a text and how to put it right, before it is known where the text stands.
/// Neither ends in a full stop; the remedy may be empty.
struct Problem {
  Problem() = default;
  /// Not an aggregate: C++20 would make one from a lone text, and Parsed<std::string> ambiguous.
  Problem(std::string what_is_wrong, std::string what_to_do)
      : text(std::move(what_is_wrong)), remedy(std::move(what_to_do)) {}

  std::string text;
  std::string remedy;
};

/// The value that a text stands for, or why it stands for none.
template <typename T>
using Parsed = boost::system::result<T, Problem>;

}  // namespace weir::config
