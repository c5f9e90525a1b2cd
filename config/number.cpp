#include "config/number.h"

#include "config/fault.h"

#include <charconv>
#include <string>
#include <system_error>

namespace weir::config {

Parsed<std::uint32_t> parse_number(std::string_view text, std::uint32_t least, std::uint32_t most) {
  std::uint32_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  const bool all_digits = !text.empty() && stop == end && error != std::errc::invalid_argument;
  const std::string remedy =
      "Give a whole number from " + std::to_string(least) + " to " + std::to_string(most);
  if (!all_digits) return Problem{quoted(text) + " is not a whole number", remedy};
  if (error == std::errc::result_out_of_range || number > most) {
    return Problem{quoted(text) + " is too large", remedy};
  }
  if (number < least) return Problem{quoted(text) + " is too small", remedy};
  return number;
}

}  // namespace weir::config
