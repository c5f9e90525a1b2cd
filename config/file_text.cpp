#include "config/file_text.h"

#include "base/descriptor.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>
#include <system_error>

namespace weir::config {
namespace {

std::string remedy_for(int error) {
  switch (error) {
    case ENOENT: return "Check the path";
    case EACCES: return "Give the user that weir runs as the right to read it";
    case EISDIR: return "Name a file in it";
    default: return {};
  }
}

Problem unreadable(int error) {
  return {"cannot be read: " + std::generic_category().message(error), remedy_for(error)};
}

}  // namespace

Parsed<std::string> read_file_text(const std::string& path) {
  const base::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return unreadable(errno);
  std::string text;
  std::array<char, 65536> block;
  while (true) {
    const ssize_t size = ::read(file.get(), block.data(), block.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return unreadable(errno);
    if (size == 0) return text;
    text.append(block.data(), static_cast<std::size_t>(size));
    if (text.size() > kMaxFileBytes) {
      return Problem{"larger than 16 MiB", "This does not look like a configuration file"};
    }
  }
}

}  // namespace weir::config
