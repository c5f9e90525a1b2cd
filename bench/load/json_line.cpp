#include "bench/load/json_line.h"

#include <array>
#include <cstdio>

namespace load {

void JsonLine::add_raw(std::string_view key, const std::string& value) {
  if (!body_.empty()) body_ += ", ";
  body_.append("\"").append(key).append("\": ").append(value);
}

JsonLine& JsonLine::add(std::string_view key, std::uint64_t value) {
  add_raw(key, std::to_string(value));
  return *this;
}

JsonLine& JsonLine::add(std::string_view key, double value) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.3f", value);
  add_raw(key, text.data());
  return *this;
}

JsonLine& JsonLine::add(std::string_view key, std::string_view value) {
  add_raw(key, "\"" + std::string(value) + "\"");
  return *this;
}

void JsonLine::print() const {
  std::printf("{%s}\n", body_.c_str());
  std::fflush(stdout);
}

}  // namespace load
