#pragma once

#include "base/log_line.h"
#include "base/log_sink.h"

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace weir::base::log {

/// One of the two ways out, messages or access lines: a sink, and the count of what it failed to
/// write. Owned by the Scribe for life; all but lost_total() only by who holds its reading side.
class Channel {
 public:
  /// Lines that go out with one system call at most; bounds what a sink holds.
  static constexpr std::size_t kBatchLines = 64;

  void set_sink(SinkPtr sink) noexcept;
  /// Never throws: a line that cannot be written is lost and counted.
  void write(const Line& line) noexcept;
  void flush() noexcept;

  /// Any thread.
  [[nodiscard]] std::uint64_t lost_total() const noexcept {
    return lost_.load(std::memory_order_relaxed);
  }

 private:
  void lose_batch() noexcept;

  SinkPtr sink_;
  std::size_t unflushed_lines_ = 0;
  std::atomic<std::uint64_t> lost_{0};
};

}  // namespace weir::base::log
