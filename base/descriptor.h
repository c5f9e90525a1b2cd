#pragma once

namespace weir::base {

/// Owns one file descriptor and closes it. Movable, not copyable; lives on any one thread at a
/// time.
class Descriptor {
 public:
  Descriptor() noexcept = default;
  explicit Descriptor(int fd) noexcept : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor() { reset(); }

  [[nodiscard]] int get() const noexcept { return fd_; }
  [[nodiscard]] bool is_open() const noexcept { return fd_ >= 0; }
  explicit operator bool() const noexcept { return is_open(); }

  /// Gives the descriptor up without closing it; -1 if there is none.
  [[nodiscard]] int release() noexcept;
  /// Closes what is held. EINTR and errors of close(2) are ignored: the descriptor is gone either
  /// way.
  void reset() noexcept;

 private:
  int fd_ = -1;
};

}  // namespace weir::base
