#pragma once

#include "base/log.h"
#include "base/log_sink.h"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace weir::base::log {

/// One of the two ways out, messages or access lines: a sink, and the count of what it failed to
/// write. Owned by the Scribe for life; all but lost_total() only by who holds its reading side.
class Channel {
 public:
  /// Lines that go out with one system call at most; bounds what a sink holds.
  static constexpr std::size_t kBatchLines = 64;

  void set_sink(SinkPtr sink) noexcept;
  /// Never throws: a line that cannot be written is lost and counted.
  void write(std::chrono::system_clock::time_point time, Level level,
             std::string_view text) noexcept;
  void flush() noexcept;
  /// A line that could not even be made.
  void lose_one() noexcept { lose(1); }
  /// Why lines were lost; 0 when none were since it was asked last.
  [[nodiscard]] int take_error() noexcept { return std::exchange(error_, 0); }

  /// Any thread.
  [[nodiscard]] std::uint64_t lost_total() const noexcept {
    return lost_.load(std::memory_order_relaxed);
  }

 private:
  void lose(std::size_t lines) noexcept {
    lost_.store(lost_total() + lines, std::memory_order_relaxed);
  }
  void lose_batch() noexcept { lose(std::exchange(unflushed_lines_, 0)); }

  SinkPtr sink_;
  int error_ = 0;
  std::size_t unflushed_lines_ = 0;
  std::atomic<std::uint64_t> lost_{0};
};

}  // namespace weir::base::log
