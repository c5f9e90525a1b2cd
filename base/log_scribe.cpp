#include "base/log_scribe.h"

#include "base/thread_setup.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <new>
#include <string>
#include <system_error>
#include <utility>

namespace weir::base::log {
namespace {

/// While lines keep coming, the log thread looks this often and nobody has to wake it.
constexpr std::chrono::milliseconds kNap{2};
/// Asleep it looks this often all the same: queues of ended threads want to be freed.
constexpr std::chrono::milliseconds kSleep{250};
constexpr std::chrono::seconds kStopLimit{1};

}  // namespace

Scribe::Scribe() : event_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  messages_.set_sink(make_stderr_sink(LineFormat::stamped));
}

void Scribe::start(SinkPtr messages) {
  std::unique_lock lock(lifecycle_);
  ended_.wait(lock, [this] { return !running_; });
  {
    const std::lock_guard reading(reading_);
    messages_.set_sink(std::move(messages));
  }
  stopping_ = false;
  state_ = State::awake;  // from here on the caller's lines are for the thread, which finds them
  try {
    thread_ = std::thread([this] { run(); });
  } catch (...) {
    state_ = State::none;
    throw;
  }
  running_ = true;
}

void Scribe::stop() noexcept {
  std::unique_lock lock(lifecycle_);
  if (!thread_.joinable()) return;
  stopping_ = true;
  wake();
  if (ended_.wait_for(lock, kStopLimit, [this] { return !running_; })) {
    lock.unlock();
    thread_.join();
  } else {
    state_ = State::stuck;
    thread_.detach();
  }
}

void Scribe::set_access_formatter(std::unique_ptr<RecordFormatter> formatter) {
  const std::lock_guard reading(reading_);
  formatter_ = std::move(formatter);
}

void Scribe::set_access_sink(SinkPtr sink) {
  {
    const std::lock_guard lock(registry_);
    new_access_sink_ = std::move(sink);
    sink_changed_ = true;
  }
  line_queued();  // so that somebody looks
}

std::shared_ptr<LineQueue> Scribe::register_thread() {
  auto queue = std::make_shared<LineQueue>();
  const std::lock_guard lock(registry_);
  queues_.push_back(queue);
  queues_changed_ = true;
  return queue;
}

void Scribe::line_queued() noexcept {
  // Either this sees that the log thread sleeps or has ended, or that thread, which makes the same
  // fence between saying so and its last look at the queues, sees the line (Dekker's algorithm).
  std::atomic_thread_fence(std::memory_order_seq_cst);
  switch (state_.load(std::memory_order_relaxed)) {
    case State::awake:
    case State::stuck: return;
    case State::none: drain(); return;
    case State::asleep: {
      State expected = State::asleep;
      if (state_.compare_exchange_strong(expected, State::awake)) wake();  // the first one only
    }
  }
}

std::uint64_t Scribe::dropped_total() const noexcept {
  std::uint64_t total = messages_.lost_total() + access_.lost_total();
  const std::lock_guard lock(registry_);
  for (const auto& queue : queues_) total += queue->dropped_total();
  return total + dropped_by_ended_threads_;
}

void Scribe::run() noexcept {
  set_up_thread("weir-log");
  while (!stopping_) {
    if (drain()) {
      wait_for_wake(kNap);
    } else {
      sleep();
    }
  }
  drain();  // all that was queued before stop()
  state_ = State::none;
  std::atomic_thread_fence(std::memory_order_seq_cst);
  drain();  // what was queued by a thread that could not see `none` yet
  const std::lock_guard lock(lifecycle_);
  state_ = State::none;  // again: stop() may have said `stuck` a moment ago
  running_ = false;
  ended_.notify_all();
}

void Scribe::sleep() noexcept {
  state_ = State::asleep;
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (nothing_queued() && !stopping_) wait_for_wake(kSleep);
  state_ = State::awake;
}

void Scribe::wait_for_wake(std::chrono::milliseconds limit) noexcept {
  pollfd event{event_.get(), POLLIN, 0};
  ::poll(&event, 1, static_cast<int>(limit.count()));
  std::uint64_t wakes = 0;
  [[maybe_unused]] const ssize_t size = ::read(event_.get(), &wakes, sizeof wakes);
}

void Scribe::wake() noexcept {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t size = ::write(event_.get(), &one, sizeof one);
}

bool Scribe::drain() noexcept {
  const std::lock_guard reading(reading_);
  std::size_t lines = 0;
  const auto take = [this](Line& line) {
    if (line.kind() == Line::Kind::access) return write_access(line);
    line.blank_control_characters();
    messages_.write(line.time(), line.level(), line.text());
  };
  take_new_sink();
  take_new_queues();
  std::erase_if(known_, [&](const auto& queue) {
    const bool closed = queue->closed();
    lines += queue->drain(take);
    if (closed) forget(*queue);
    return closed;
  });
  messages_.flush();
  access_.flush();
  if (const int error = access_.take_error(); error != 0) tell_of_losses(error);
  return lines > 0;
}

void Scribe::write_access(const Line& record) noexcept {
  try {
    access_line_.clear();
    formatter_->format(record.time(), record.text(), access_line_);
    access_.write(record.time(), record.level(), access_line_);
  } catch (const std::exception&) {
    access_.lose_one();
  }
}

void Scribe::tell_of_losses(int error) noexcept {
  if (!losses_told_.allow(Clock::now())) return;
  try {
    const std::string text = "access log: " + std::generic_category().message(error) + "; " +
                             std::to_string(access_.lost_total()) + " line(s) lost so far";
    messages_.write(std::chrono::system_clock::now(), Level::warning, text);
    messages_.flush();
  } catch (const std::bad_alloc&) {
  }
}

void Scribe::take_new_sink() noexcept {
  if (!sink_changed_.exchange(false)) return;
  SinkPtr sink;
  {
    const std::lock_guard lock(registry_);
    sink = std::move(new_access_sink_);
  }
  access_.set_sink(std::move(sink));
}

void Scribe::take_new_queues() noexcept {
  if (!queues_changed_.exchange(false)) return;
  try {
    const std::lock_guard lock(registry_);
    known_ = queues_;
  } catch (const std::bad_alloc&) {
    queues_changed_ = true;  // and try again in the next round
  }
}

void Scribe::forget(const LineQueue& queue) noexcept {
  const std::lock_guard lock(registry_);
  dropped_by_ended_threads_ += queue.dropped_total();
  std::erase_if(queues_, [&queue](const auto& other) { return other.get() == &queue; });
}

bool Scribe::nothing_queued() noexcept {
  if (queues_changed_ || sink_changed_) return false;
  const auto is_empty = [](const auto& queue) { return queue->empty(); };
  return std::all_of(known_.begin(), known_.end(), is_empty);
}

}  // namespace weir::base::log
