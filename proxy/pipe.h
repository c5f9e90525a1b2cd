#pragma once

#include "base/descriptor.h"
#include "proxy/side.h"

#include <cstddef>
#include <memory>

namespace weir::proxy {

/// A kernel pipe through which splice(2) moves bytes from one socket to the other without copying
/// them to user memory. Knows how many it holds, and what the answers of splice mean:
///
///   fill   EAGAIN, empty pipe      the socket has nothing now
///          EAGAIN, bytes inside    either that, or no slot of the pipe is free: drain first
///          0, empty pipe           end of the stream
///          0, bytes inside         not known yet: drain first
///
/// (A pipe has slots, not bytes: sixteen 1-byte segments fill one of 64 KiB.) Owned by its pool or
/// by the flow whose bytes it holds.
class Pipe {
 public:
  /// A pipe of that size, or of what the kernel gives instead. Null when there is none.
  static std::unique_ptr<Pipe> open(std::size_t wanted_bytes) noexcept;
  /// Of both ends, for open().
  Pipe(base::Descriptor read_end, base::Descriptor write_end, std::size_t capacity_bytes) noexcept;

  /// splice(2) from a socket, once, when not full; updates readable, ended, error and cannot_splice
  /// of the source.
  Transfer fill(Side& source) noexcept;
  /// splice(2) to a socket, once; updates writable and error of the sink.
  Transfer drain(Side& sink) noexcept;

  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }
  /// As many bytes as it was made for. There may be slots left: one can hold 32 KiB and more, so
  /// that slots alone would bound nothing.
  [[nodiscard]] bool full() const noexcept { return bytes_ >= capacity_bytes_; }
  [[nodiscard]] bool empty() const noexcept { return bytes_ == 0; }
  [[nodiscard]] std::size_t capacity_bytes() const noexcept { return capacity_bytes_; }

 private:
  base::Descriptor read_end_;
  base::Descriptor write_end_;
  std::size_t capacity_bytes_;
  std::size_t bytes_ = 0;
};

}  // namespace weir::proxy
