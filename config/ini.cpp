#include "config/ini.h"

#include "config/fault.h"
#include "config/nearest.h"
#include "config/value_text.h"
#include "config/words.h"

#include <boost/program_options/errors.hpp>
#include <boost/program_options/options_description.hpp>
#include <boost/program_options/parsers.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace weir::config {
namespace {

namespace po = boost::program_options;

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
constexpr std::size_t kMaxNameBytes = 64;
constexpr std::array<std::string_view, 2> kKinds = {"listener", "pool"};
constexpr const char* kKnownSections = "Sections are [listener.NAME] and [pool.NAME]";

bool is_section_name(std::string_view name) {
  const auto is_allowed = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '-';
  };
  return !name.empty() && name.size() <= kMaxNameBytes &&
         std::all_of(name.begin(), name.end(), is_allowed);
}

/// Reads one file. Program_options would stop at its first fault and tell no line, so it gets one
/// line at a time; sections are kept here, because they outlast a line.
class IniReader {
 public:
  IniReader(const Environment& environment, Findings& findings)
      : environment_(environment), findings_(findings) {}

  Document read(std::string_view text) {
    if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
    while (!text.empty()) {
      const std::size_t end = std::min(text.find('\n'), text.size());
      ++origin_.line;
      read_line(text.substr(0, end));
      text.remove_prefix(std::min(end + 1, text.size()));
    }
    return std::move(document_);
  }

 private:
  void read_line(std::string_view line) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    line = trimmed(line);
    if (line.find('\0') != std::string_view::npos) {
      fault("", {"the line holds a zero byte", "Save the file as plain text in UTF-8"});
    } else if (line.starts_with('[')) {
      open_section(trimmed(line.substr(0, line.find('#'))));
    } else {
      read_settings(line);
    }
  }

  /// A faulty header opens the section that was most likely meant, so that its keys are judged.
  void open_section(std::string_view header) {
    const std::size_t end = header.find(']');
    if (end == std::string_view::npos) {
      fault(header, {"the section's bracket is not closed", "End the line with ]"});
    } else if (end + 1 != header.size()) {
      fault(header, {"text after the section's bracket", "Write each key on a line of its own"});
    }
    const std::string_view title = trimmed(header.substr(1, end - 1));
    const std::size_t dot = title.find('.');
    const std::optional<Scope> scope = read_kind(header, title.substr(0, dot));
    in_unknown_section_ = !scope;
    if (!scope) return;

    const bool has_name = dot != std::string_view::npos;
    const std::string name(has_name ? title.substr(dot + 1) : std::string_view());
    if (!is_section_name(name)) {
      const char* const text = name.empty() ? "the section has no name" : "the name is not allowed";
      fault(header, {text, "Use 1 to 64 letters, digits, '_', '-' and '.', as in [" +
                               std::string(title.substr(0, dot)) + ".web]"});
    }
    document_.sections.push_back({*scope, name, origin_, {}});
  }

  std::optional<Scope> read_kind(std::string_view header, std::string_view kind) {
    const auto meant = nearest(kind, kKinds);
    if (meant != kind) {
      const std::string hint = did_you_mean(kind, kKinds);
      fault(header,
            {"unknown kind of section " + quoted(kind), hint.empty() ? kKnownSections : hint});
    }
    if (!meant) return {};
    return *meant == kKinds[0] ? Scope::listener : Scope::pool;
  }

  /// One setting, or none when the line is blank or a comment.
  void read_settings(std::string_view line) {
    static const po::options_description kAnyKey;  // keys are judged later, by their section
    std::istringstream stream{std::string(line)};
    try {
      for (const po::option& option : po::parse_config_file(stream, kAnyKey, true).options) {
        add_setting(option.string_key, option.value.front());
      }
    } catch (const po::error&) {
      fault("", {quoted(line) + " is neither a key nor a section",
                 "Write 'key = value' or [pool.NAME]; # starts a comment"});
    }
  }

  void add_setting(const std::string& key, const std::string& text) {
    if (in_unknown_section_) return;  // its header is the fault to mend first
    auto value = unquoted(text);
    if (value.has_value()) value = expanded(*value, environment_);
    if (value.has_error()) fault(key, value.error());
    std::optional<std::string> readable;
    if (value.has_value()) readable = *std::move(value);
    settings().push_back({key, std::move(readable), origin_});
  }

  std::vector<Setting>& settings() {
    return document_.sections.empty() ? document_.top : document_.sections.back().settings;
  }

  void fault(std::string_view key, Problem problem) {
    findings_.add_fault(origin_, key, std::move(problem));
  }

  const Environment& environment_;
  Findings& findings_;
  Document document_;
  Origin origin_{Origin::Source::file, 0};
  bool in_unknown_section_ = false;
};

}  // namespace

Document parse_ini(std::string_view text, const Environment& environment, Findings& findings) {
  return IniReader(environment, findings).read(text);
}

}  // namespace weir::config
