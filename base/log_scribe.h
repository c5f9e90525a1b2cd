#pragma once

#include "base/descriptor.h"
#include "base/log_channel.h"
#include "base/log_limiter.h"
#include "base/log_line.h"
#include "base/log_sink.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace weir::base::log {

/// Writes the lines that all threads have queued, on the log thread, or on the caller's own where
/// there is none. The process has one (scribe() of log.cpp), which is never destroyed: a log thread
/// that stop() had to leave in a blocked write may still be using it at exit.
///
///              start()             all queues empty
///     none ------------> awake <---------------------> asleep     (in poll, on event_)
///      ^                 |   ^      wake, or 250 ms
///      | stop(): drained |   | stop(): not done within a second
///      +-----------------+   +--> stuck ---> none, should the blocked write ever return
class Scribe {
 public:
  /// Messages go to standard error, access lines nowhere.
  Scribe();

  /// Waits for a log thread that an earlier stop() gave up. Throws when no thread can be had.
  void start(SinkPtr messages);
  void stop() noexcept;
  /// Before the first access line.
  void set_access_formatter(std::unique_ptr<RecordFormatter> formatter);
  /// Takes the place of the former one soon, when a write that is going on has ended; never waits
  /// for that. Any thread.
  void set_access_sink(SinkPtr sink);

  /// A queue for the calling thread, to be closed at its end. Throws bad_alloc.
  [[nodiscard]] std::shared_ptr<LineQueue> register_thread();
  /// To be called after each push: sees to it that somebody writes the line. Makes no system call
  /// while the log thread is awake. Any thread.
  void line_queued() noexcept;

  /// Any thread.
  [[nodiscard]] std::uint64_t dropped_total() const noexcept;

 private:
  enum class State { none, awake, asleep, stuck };

  void run() noexcept;
  void sleep() noexcept;
  void wait_for_wake(std::chrono::milliseconds limit) noexcept;
  void wake() noexcept;
  /// One round over all queues; true when there was anything to write.
  bool drain() noexcept;
  void take_new_queues() noexcept;
  void take_new_sink() noexcept;
  void write_access(const Line& record) noexcept;
  void tell_of_losses(int error) noexcept;
  void forget(const LineQueue& queue) noexcept;
  [[nodiscard]] bool nothing_queued() noexcept;

  Descriptor event_;  ///< an eventfd; written once to end a sleep
  std::atomic<State> state_{State::none};

  /// The reading side: who holds it is the one consumer of every queue. Never taken by a thread
  /// that logs while a log thread runs.
  std::mutex reading_;
  Channel messages_;
  Channel access_;
  std::unique_ptr<RecordFormatter> formatter_;
  std::string access_line_;  ///< of the record in hand; keeps its memory
  Limiter losses_told_{std::chrono::seconds(10)};
  std::vector<std::shared_ptr<LineQueue>> known_;  ///< what the reading side has seen of queues_

  mutable std::mutex registry_;  ///< held for moments only, never during a write
  std::vector<std::shared_ptr<LineQueue>> queues_;
  std::atomic<bool> queues_changed_{false};
  SinkPtr new_access_sink_;
  std::atomic<bool> sink_changed_{false};
  std::uint64_t dropped_by_ended_threads_ = 0;

  std::mutex lifecycle_;  ///< start, stop and the end of the log thread
  std::condition_variable ended_;
  std::thread thread_;
  std::atomic<bool> stopping_{false};
  bool running_ = false;
};

/// The process's own, made at its first use.
[[nodiscard]] Scribe& scribe();

/// start() with a sink of the caller's, for tests.
void start(Level threshold, SinkPtr messages);

}  // namespace weir::base::log
