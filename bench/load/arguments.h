#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace load {

// `--name value` pairs and bare `--name` switches of one mode. Every accessor throws
// std::invalid_argument with the flag's name; unknown flags are refused when the arguments are
// read.
class Arguments {
 public:
  // `switches` take no value.
  Arguments(const std::vector<std::string>& words, const std::vector<std::string>& flags,
            const std::vector<std::string>& switches);

  bool has(const std::string& flag) const { return values_.contains(flag); }
  std::string text(const std::string& flag) const;
  std::string text(const std::string& flag, const std::string& otherwise) const;
  // Numbers outside [low, high] are faults: every loop of this tool is bounded.
  std::uint64_t number(const std::string& flag, std::uint64_t otherwise, std::uint64_t low,
                       std::uint64_t high) const;
  double seconds(const std::string& flag, double otherwise) const;

 private:
  std::map<std::string, std::string> values_;
};

}  // namespace load
