#include "config/fault.h"

#include <algorithm>
#include <cstddef>

namespace weir::config {
namespace {

constexpr std::size_t kMaxShownBytes = 80;

bool is_control(char character) {
  const auto byte = static_cast<unsigned char>(character);
  return byte < 0x20 || byte == 0x7f;
}

}  // namespace

std::string to_string(const Fault& fault) {
  std::string line = fault.place + ": ";
  if (!fault.key.empty()) line += fault.key + ": ";
  line += fault.text;
  if (!fault.remedy.empty()) line += ". " + fault.remedy;
  return line;
}

std::string printable(std::string_view text) {
  std::string shown(text.substr(0, kMaxShownBytes));
  std::replace_if(shown.begin(), shown.end(), is_control, '?');
  if (text.size() > kMaxShownBytes) shown += "...";
  return shown;
}

std::string quoted(std::string_view text) { return "'" + printable(text) + "'"; }

}  // namespace weir::config
