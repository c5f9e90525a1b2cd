#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace weir::config {

/// Where something was written.
struct Origin {
  /// In the order in which faults are reported.
  enum class Source : std::uint8_t { command_line, environment, file };

  /// As a line: the file as a whole, reported after all of its lines.
  static constexpr std::size_t kWholeFile = std::numeric_limits<std::size_t>::max();

  Source source = Source::command_line;
  std::size_t line = 0;  ///< of the file, from 1
};

/// One key with its value, still a text.
struct Setting {
  std::string key;                   ///< spelled as in the file: connect_timeout
  std::optional<std::string> value;  ///< empty when unreadable, which has been reported
  Origin origin;
};

/// The three places that a key can belong to.
enum class Scope : std::uint8_t { process, listener, pool };

/// "[pool.cache]" and what stands under it.
struct Section {
  Scope scope = Scope::listener;
  std::string name;
  Origin origin;
  std::vector<Setting> settings;
};

/// A configuration as it was written: split into keys and values, which nobody has judged yet.
struct Document {
  std::vector<Setting> top;  ///< above the first section
  std::vector<Section> sections;
};

}  // namespace weir::config
