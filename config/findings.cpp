#include "config/findings.h"

#include <algorithm>
#include <tuple>

namespace weir::config {
namespace {

bool stands_before(const Origin& a, const Origin& b) {
  return std::tie(a.source, a.line) < std::tie(b.source, b.line);
}

}  // namespace

void Findings::add_fault(const Origin& origin, std::string_view key, Problem problem) {
  Fault fault{place(origin), printable(key), std::move(problem.text), std::move(problem.remedy)};
  entries_.push_back({origin, std::move(fault)});
}

void Findings::add_warning(const Origin& origin, std::string_view key, Problem problem) {
  const Fault fault{place(origin), printable(key), std::move(problem.text),
                    std::move(problem.remedy)};
  warnings_.push_back(to_string(fault));
}

std::vector<Fault> Findings::faults() const {
  std::vector<Entry> sorted = entries_;
  // Stable: faults of one place stay in the order in which they were found.
  std::stable_sort(sorted.begin(), sorted.end(), [](const Entry& a, const Entry& b) {
    return stands_before(a.origin, b.origin);
  });
  std::vector<Fault> faults;
  faults.reserve(sorted.size());
  for (Entry& entry : sorted) faults.push_back(std::move(entry.fault));
  return faults;
}

std::string Findings::place(const Origin& origin) const {
  switch (origin.source) {
    case Origin::Source::command_line: return "command line";
    case Origin::Source::environment: return "environment";
    case Origin::Source::file: break;
  }
  if (origin.line == Origin::kWholeFile) return file_name_;
  return file_name_ + ":" + std::to_string(origin.line);
}

}  // namespace weir::config
