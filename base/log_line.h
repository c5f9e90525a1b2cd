#pragma once

#include "base/log.h"

#include <boost/lockfree/spsc_queue.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace weir::base::log {

/// One line on its way to the log thread. A value of fixed size, so that a queue of them never
/// allocates; a copy copies only the bytes in use.
class Line {
 public:
  enum class Kind : std::uint8_t { message, access };

  /// Stamps the line with the wall clock (vDSO, no system call) and cuts it at its kind's limit.
  Line(Kind kind, Level level, std::string_view text) noexcept
      : time_(std::chrono::system_clock::now()), kind_(kind), level_(level) {
    const std::size_t limit = kind == Kind::access ? kMaxRecordBytes : kMaxMessageBytes;
    size_ = static_cast<std::uint16_t>(text.copy(text_, limit));
    if (text.size() > limit) kCutMark.copy(text_ + limit - kCutMark.size(), kCutMark.size());
  }
  Line(const Line& other) noexcept
      : time_(other.time_), size_(other.size_), kind_(other.kind_), level_(other.level_) {
    std::memcpy(text_, other.text_, size_);
  }
  Line& operator=(const Line&) = delete;

  [[nodiscard]] std::chrono::system_clock::time_point time() const noexcept { return time_; }
  [[nodiscard]] Kind kind() const noexcept { return kind_; }
  [[nodiscard]] Level level() const noexcept { return level_; }
  /// A message, or the bytes of an access record.
  [[nodiscard]] std::string_view text() const noexcept { return {text_, size_}; }

  /// Done by the log thread, which has the time, and not by the writer.
  void blank_control_characters() noexcept {
    const auto is_control = [](char c) {
      const auto byte = static_cast<unsigned char>(c);
      return byte < 0x20 || byte == 0x7f;
    };
    std::replace_if(text_, text_ + size_, is_control, ' ');
  }

 private:
  static constexpr std::string_view kCutMark = "...";

  std::chrono::system_clock::time_point time_;
  std::uint16_t size_;
  Kind kind_;
  Level level_;
  char text_[std::max(kMaxMessageBytes, kMaxRecordBytes)];
};

/// The lines that one thread has written and the log thread has not. The writing thread pushes and
/// counts what did not fit; whoever holds the Scribe's reading side takes out. Shared by the two:
/// it outlives its thread until what it holds is written.
class LineQueue {
 public:
  /// About a megabyte of address space for each thread that logs; pages come as lines do.
  static constexpr std::size_t kCapacityLines = 1024;

  /// The writing thread only. False, and counted, when the queue is full.
  bool push(const Line& line) noexcept {
    if (lines_.push(line)) return true;
    dropped_.store(dropped_total() + 1, std::memory_order_relaxed);
    return false;
  }
  /// The writing thread's last act. Nothing is pushed after it.
  void close() noexcept { closed_.store(true, std::memory_order_release); }

  /// The reading side: hands at most a queueful to `take`, so that one busy thread cannot keep the
  /// others waiting. `take` must not throw.
  template <typename Take>
  std::size_t drain(Take& take) {
    std::size_t count = 0;
    while (count < kCapacityLines && lines_.consume_one(take)) ++count;
    return count;
  }
  /// The reading side. When this is true before a drain(), the drain has taken the last line.
  [[nodiscard]] bool closed() const noexcept { return closed_.load(std::memory_order_acquire); }
  [[nodiscard]] bool empty() const noexcept { return lines_.read_available() == 0; }

  /// Any thread.
  [[nodiscard]] std::uint64_t dropped_total() const noexcept {
    return dropped_.load(std::memory_order_relaxed);
  }

 private:
  boost::lockfree::spsc_queue<Line> lines_{kCapacityLines};
  std::atomic<std::uint64_t> dropped_{0};
  std::atomic<bool> closed_{false};
};

}  // namespace weir::base::log
