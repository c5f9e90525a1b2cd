#pragma once

#include "config/command_line.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace weir::config {

/// A file of its own in the directory for temporary files, gone with the object.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& text) {
    const int fd = ::mkstemp(path_.data());
    if (fd < 0) throw std::runtime_error("no temporary file");
    ::close(fd);
    std::ofstream(path_, std::ios::binary) << text;
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() { ::unlink(path_.c_str()); }

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_ = (std::filesystem::temp_directory_path() / "weir-config-XXXXXX").string();
};

/// What 'weir check --config FILE' makes of a file that holds `text`. Places name it "FILE".
inline CommandLine check_file(const std::string& text, const Environment& environment = {}) {
  const TemporaryFile file(text);
  CommandLine result = parse_command_line({"check", "--config", file.path()}, environment);
  const auto anonymous = [&](std::string& line) {
    if (line.starts_with(file.path())) line.replace(0, file.path().size(), "FILE");
  };
  for (Fault& fault : result.faults) anonymous(fault.place);
  for (std::string& warning : result.warnings) anonymous(warning);
  return result;
}

/// Each fault as the line that is printed.
inline std::vector<std::string> lines_of(const std::vector<Fault>& faults) {
  std::vector<std::string> lines;
  lines.reserve(faults.size());
  for (const Fault& fault : faults) lines.push_back(to_string(fault));
  return lines;
}

/// A listener and a pool that are in order, to stand beside what a test is about.
inline constexpr const char* kGoodSections =
    "[listener.web]\nbind = 127.0.0.1:0\n[pool.web]\nbackend = 127.0.0.1:80\n";

}  // namespace weir::config
