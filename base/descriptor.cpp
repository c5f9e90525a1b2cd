#include "base/descriptor.h"

#include <unistd.h>

#include <utility>

namespace weir::base {

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  if (this != &other) {
    reset();
    fd_ = other.release();
  }
  return *this;
}

int Descriptor::release() noexcept { return std::exchange(fd_, -1); }

void Descriptor::reset() noexcept {
  const int fd = release();
  if (fd >= 0) ::close(fd);
}

}  // namespace weir::base
