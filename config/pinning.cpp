#include "config/pinning.h"

#include "config/fault.h"
#include "config/number.h"

#include <sched.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace weir::config {
namespace {

constexpr const char* kRemedy = "Write auto, none or CPU numbers such as 0,2-3";
constexpr std::uint32_t kLargestCpu = CPU_SETSIZE - 1;  // what sched_setaffinity's set can hold

/// Reads "2" or "2-3" and adds its CPUs.
std::optional<Problem> read_range(std::string_view range, std::vector<unsigned>& cpus) {
  const std::size_t dash = range.find('-');
  const auto first = parse_number(range.substr(0, dash), 0, kLargestCpu);
  const auto last =
      dash == std::string_view::npos ? first : parse_number(range.substr(dash + 1), 0, kLargestCpu);
  if (first.has_error() || last.has_error()) {
    return Problem{quoted(range) + " is not a CPU number or a range of them", kRemedy};
  }
  if (*last < *first) return Problem{quoted(range) + " runs backwards", kRemedy};
  for (unsigned cpu = *first; cpu <= *last; ++cpu) {
    if (std::find(cpus.begin(), cpus.end(), cpu) != cpus.end()) {
      return Problem{"CPU " + std::to_string(cpu) + " is named twice", "Name each CPU once"};
    }
    cpus.push_back(cpu);
  }
  return {};
}

}  // namespace

Parsed<Pinning> parse_pinning(std::string_view text) {
  if (text == "auto") return Pinning{Pinning::Mode::automatic, {}};
  if (text == "none") return Pinning{Pinning::Mode::none, {}};
  Pinning pinning{Pinning::Mode::list, {}};
  std::size_t begin = 0;
  while (begin != std::string_view::npos) {
    const std::size_t comma = text.find(',', begin);
    const std::string_view range = text.substr(begin, comma - begin);
    if (auto problem = read_range(range, pinning.cpus)) return *std::move(problem);
    begin = comma == std::string_view::npos ? comma : comma + 1;
  }
  return pinning;
}

}  // namespace weir::config
