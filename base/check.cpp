#include "base/check.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace weir::base {

void check_failed(const char* condition, const char* file, int line) noexcept {
  char text[512];
  const int size = std::snprintf(text, sizeof text, "weir: broken invariant: %s (%s:%d)\n",
                                 condition, file, line);
  if (size > 0) {
    const auto length =
        static_cast<size_t>(size) < sizeof text ? static_cast<size_t>(size) : sizeof text - 1;
    [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text, length);
  }
  std::abort();
}

}  // namespace weir::base
