#include "base/log.h"

#include "base/access_target.h"
#include "base/log_line.h"
#include "base/log_scribe.h"
#include "base/log_sink.h"

#include <atomic>
#include <exception>
#include <memory>
#include <utility>

namespace weir::base::log {
namespace {

std::atomic<Level> threshold{Level::info};
std::atomic<bool> access_is_open{false};
std::string access_target;  ///< of the thread that opened it
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

std::string start_access(const std::string& target, std::unique_ptr<RecordFormatter> formatter) {
  scribe().set_access_formatter(std::move(formatter));
  access_target = target;
  std::string failure = reopen_access();
  access_is_open = failure.empty();
  return failure;
}

std::string reopen_access() {
  AccessTarget opened = open_access_target(access_target);
  if (!opened.sink) return opened.problem;
  if (!opened.problem.empty()) warning("access log: {}", opened.problem);
  scribe().set_access_sink(std::move(opened.sink));
  return {};
}

void prepare_thread() { thread_queue.get(); }

bool enabled(Level level) noexcept { return level >= threshold.load(std::memory_order_relaxed); }

void write(Level level, std::string_view message) noexcept {
  if (enabled(level)) submit(Line::Kind::message, level, message);
}

void access(std::string_view record) noexcept {
  if (access_is_open.load(std::memory_order_relaxed))
    submit(Line::Kind::access, Level::info, record);
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
