#pragma once

#include "config/fault.h"
#include "config/parsed.h"
#include "config/setting.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::config {

/// Collects what is wrong while a configuration is read, so that all of it is reported in one go.
/// Lives for one parse_command_line().
class Findings {
 public:
  /// Names the file in places; before any fault of it is added.
  void set_file_name(std::string name) { file_name_ = std::move(name); }

  void add_fault(const Origin& origin, std::string_view key, Problem problem);
  void add_warning(const Origin& origin, std::string_view key, Problem problem);

  /// Whether there is no fault yet.
  [[nodiscard]] bool empty() const { return entries_.empty(); }

  /// Command line first, then the environment, then the file from its first line to its last.
  [[nodiscard]] std::vector<Fault> faults() const;
  [[nodiscard]] const std::vector<std::string>& warnings() const { return warnings_; }

 private:
  struct Entry {
    Origin origin;
    Fault fault;
  };
  [[nodiscard]] std::string place(const Origin& origin) const;

  std::string file_name_;
  std::vector<Entry> entries_;
  std::vector<std::string> warnings_;
};

}  // namespace weir::config
