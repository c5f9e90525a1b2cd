#pragma once

#include <string>
#include <string_view>

namespace weir::config {

/// One thing that keeps weir from starting, as a person wants to read it.
struct Fault {
  std::string place;  ///< "FILE:LINE", "command line" or "environment"
  std::string key;    ///< as written there: "idle_timeout", "--idle-timeout", "WEIR_IDLE_TIMEOUT"
  std::string text;
  std::string remedy;
  bool operator==(const Fault&) const = default;
};

/// "PLACE: key: fault. remedy"; parts that are empty leave no trace.
std::string to_string(const Fault& fault);

/// A text from outside, fit to be shown: cut after 80 bytes, control characters as "?".
std::string printable(std::string_view text);

/// The same, in quotes.
std::string quoted(std::string_view text);

}  // namespace weir::config
