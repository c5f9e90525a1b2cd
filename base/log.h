#pragma once

#include <fmt/core.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

/// The logging front. Whoever logs hands a finished line to a queue of its own thread; one log
/// thread writes all of them. Lines of one thread keep their order; lines of two threads may change
/// places by a few milliseconds, and their times tell.
namespace weir::base::log {

enum class Level : std::uint8_t { debug, info, warning, error };

/// The longest message of one line; what is longer is cut and ends in "...".
inline constexpr std::size_t kMaxMessageBytes = 480;
/// The largest record of the access log.
inline constexpr std::size_t kMaxRecordBytes = 1000;

/// Makes lines out of what access() is given. Owned by the log and never destroyed; called on the
/// log thread, or on whichever thread writes while there is none, one at a time.
class RecordFormatter {
 public:
  virtual ~RecordFormatter() = default;
  /// Appends the line, without its newline, of a record that was handed over at that time. May
  /// throw std::bad_alloc, which costs the line.
  virtual void format(std::chrono::system_clock::time_point time, std::string_view record,
                      std::string& line) = 0;
};

/// Starts the log thread. Lines go to standard error through spdlog. Before start() and after
/// stop(), lines are written at once by the caller. Not thread-safe against itself; called by main.
void start(Level threshold);
/// Writes what is queued, for at most one second (a blocked standard error must not hold up an
/// exit), and ends the thread. If that second was not enough, later lines are queued or dropped.
void stop() noexcept;

/// Opens the access log: "stderr", a path that is appended to, or "unix:/path" of a socket that
/// takes datagrams. Returns what is wrong, in words, when it cannot be opened, else an empty text;
/// nobody at that socket yet is only worth a warning. Called by main, before the first access().
[[nodiscard]] std::string start_access(const std::string& target,
                                       std::unique_ptr<RecordFormatter> formatter);
/// Opens it anew, as whoever rotates files wants; the log goes on as it is when that fails, and the
/// text says why. May wait for a disk. By the thread that called start_access().
[[nodiscard]] std::string reopen_access();

[[nodiscard]] bool enabled(Level level) noexcept;

/// For a thread's start: makes the calling thread's queue, which takes a lock and memory, so that
/// its first line does not. Throws bad_alloc.
void prepare_thread();

/// Hands a line to the log thread through the calling thread's own queue and never waits: when the
/// queue is full the line is dropped and counted. Any thread; allocates only at a thread's first
/// line. Control characters in the message become spaces, so that no peer's text can forge a line.
void write(Level level, std::string_view message) noexcept;

/// Hands over one record of the access log in the same way: bytes that mean something to the
/// formatter, which must not point to anything. Does nothing until start_access() has opened the
/// log. Any thread.
void access(std::string_view record) noexcept;

/// Lines that a full queue, a failed write or lack of memory has cost since the start, over all
/// threads and both logs. Any thread; takes a lock, so for a scrape, not for the data path.
[[nodiscard]] std::uint64_t dropped_total() noexcept;

namespace detail {
void vwrite(Level level, fmt::string_view format, fmt::format_args arguments) noexcept;
}

template <typename... Args>
void debug(fmt::format_string<Args...> format, Args&&... args) noexcept {
  if (enabled(Level::debug)) detail::vwrite(Level::debug, format, fmt::make_format_args(args...));
}
template <typename... Args>
void info(fmt::format_string<Args...> format, Args&&... args) noexcept {
  if (enabled(Level::info)) detail::vwrite(Level::info, format, fmt::make_format_args(args...));
}
template <typename... Args>
void warning(fmt::format_string<Args...> format, Args&&... args) noexcept {
  if (!enabled(Level::warning)) return;
  detail::vwrite(Level::warning, format, fmt::make_format_args(args...));
}
template <typename... Args>
void error(fmt::format_string<Args...> format, Args&&... args) noexcept {
  if (enabled(Level::error)) detail::vwrite(Level::error, format, fmt::make_format_args(args...));
}

}  // namespace weir::base::log
