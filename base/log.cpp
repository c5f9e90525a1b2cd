#include "base/log.h"

#include "base/descriptor.h"
#include "base/log_line.h"
#include "base/log_scribe.h"
#include "base/log_sink.h"

#include <fcntl.h>

#include <atomic>
#include <cerrno>
#include <exception>
#include <memory>
#include <system_error>
#include <utility>

namespace weir::base::log {
namespace {

std::atomic<Level> threshold{Level::info};
std::atomic<bool> access_is_open{false};
/// Lines without a queue: no memory for one, or a thread that logs while its own end runs.
std::atomic<std::uint64_t> dropped_without_queue{0};

/// True once the calling thread's queue is closed. Apart from the queue, because it may still be
/// asked after the queue's own destructor has run.
thread_local bool thread_has_ended = false;

/// Holds the calling thread's queue from its first line to its end.
class ThreadQueue {
 public:
  ~ThreadQueue() {
    thread_has_ended = true;
    if (queue_) queue_->close();
  }
  LineQueue& get() {
    if (!queue_) queue_ = scribe().register_thread();
    return *queue_;
  }

 private:
  std::shared_ptr<LineQueue> queue_;
};

thread_local ThreadQueue thread_queue;

void submit(Line::Kind kind, Level level, std::string_view text) noexcept {
  try {
    if (thread_has_ended) {
      ++dropped_without_queue;
    } else if (thread_queue.get().push(Line(kind, level, text))) {
      scribe().line_queued();
    }
  } catch (const std::exception&) {
    ++dropped_without_queue;
  }
}

}  // namespace

Scribe& scribe() {
  static Scribe& the_one = *new Scribe;  // never destroyed: see the class
  return the_one;
}

void start(Level new_threshold) { start(new_threshold, make_stderr_sink(LineFormat::stamped)); }

void start(Level new_threshold, SinkPtr messages) {
  threshold = new_threshold;
  scribe().start(std::move(messages));
}

void stop() noexcept { scribe().stop(); }

std::string start_access(const std::string& target) {
  if (target == "stderr") {
    scribe().set_access_sink(make_stderr_sink(LineFormat::bare));
  } else {
    // Without O_NONBLOCK a FIFO that nobody reads would hold up the start for ever.
    Descriptor file(
        ::open(target.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, 0640));
    if (!file) return "cannot open " + target + ": " + std::generic_category().message(errno);
    ::fcntl(file.get(), F_SETFL, O_APPEND);
    scribe().set_access_sink(make_file_sink(std::move(file), LineFormat::bare));
  }
  access_is_open = true;
  return {};
}

void prepare_thread() { thread_queue.get(); }

bool enabled(Level level) noexcept { return level >= threshold.load(std::memory_order_relaxed); }

void write(Level level, std::string_view message) noexcept {
  if (enabled(level)) submit(Line::Kind::message, level, message);
}

void access(std::string_view line) noexcept {
  if (access_is_open.load(std::memory_order_relaxed)) submit(Line::Kind::access, Level::info, line);
}

std::uint64_t dropped_total() noexcept { return scribe().dropped_total() + dropped_without_queue; }

void detail::vwrite(Level level, fmt::string_view format, fmt::format_args arguments) noexcept {
  char text[kMaxMessageBytes + 1];  // one more, so that write() sees that a message is too long
  try {
    const auto result = fmt::vformat_to_n(text, sizeof text, format, arguments);
    write(level, {text, static_cast<std::size_t>(result.out - text)});
  } catch (const std::exception& fault) {
    write(Level::error, fault.what());
  }
}

}  // namespace weir::base::log
