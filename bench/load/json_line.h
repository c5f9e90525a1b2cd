#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace load {

// One JSON object on one line of standard output, flushed at once: what the harness reads.
class JsonLine {
 public:
  JsonLine& add(std::string_view key, std::uint64_t value);
  JsonLine& add(std::string_view key, double value);
  JsonLine& add(std::string_view key, std::string_view value);  // plain text, nothing to escape
  void print() const;

 private:
  void add_raw(std::string_view key, const std::string& value);

  std::string body_;
};

}  // namespace load
