#pragma once

#include "base/clock.h"
#include "base/event.h"
#include "base/log_limiter.h"
#include "metrics/counter.h"
#include "metrics/histogram.h"
#include "proxy/beat_judge.h"
#include "proxy/probes.h"
#include "proxy/stall_judge.h"

#include <pthread.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <thread>
#include <utility>

namespace weir::proxy {

/// Looks at every reactor from a thread of its own, and stops nothing. A handler that takes too
/// long is reported once, with its kind, its session, a backtrace and how much of the time it was
/// on a CPU; a reactor that does not beat any more is stuck, which /healthz tells. A reactor whose
/// timer has missed its wake-up (boostorg/asio #316) is woken. Owned by the server.
class Watchdog {
 public:
  /// Written by the watchdog's thread.
  struct StallProbe {
    metrics::Counter stalls;
    metrics::Histogram stall_seconds;
    metrics::Counter missed_wakeups;
  };

  /// @param stall_threshold zero: stalls are not looked for
  /// @param heartbeat how often a reactor beats
  Watchdog(std::chrono::milliseconds stall_threshold, std::chrono::milliseconds heartbeat);
  ~Watchdog() { stop(); }
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  /// Before start(). The probe outlives the watchdog. `wake` is called on its thread.
  void add(ReactorProbe& probe, std::function<void()> wake);
  /// When every reactor's thread runs; `thread_of` tells it. Throws std::system_error.
  void start(const std::function<pthread_t(std::size_t)>& thread_of);
  /// Before the first of those threads ends. May be called twice.
  void stop() noexcept;

  // Any thread.
  [[nodiscard]] bool all_beat() const noexcept;
  /// Which reactors are stuck, and since when; empty when all beat.
  [[nodiscard]] std::string complaint() const;
  [[nodiscard]] const StallProbe& stalls(std::size_t reactor) const noexcept {
    return patients_[reactor].stalls;
  }

 private:
  struct Patient {
    Patient(std::size_t its_number, ReactorProbe& its_probe, std::function<void()> its_wake,
            base::Duration threshold, base::Duration heartbeat)
        : number(its_number),
          probe(its_probe),
          wake(std::move(its_wake)),
          judge(threshold),
          beat_judge(heartbeat) {}

    const std::size_t number;
    ReactorProbe& probe;
    const std::function<void()> wake;
    pthread_t thread{};
    StallJudge judge;
    BeatJudge beat_judge;
    StallProbe stalls;
    base::log::Limiter lines;
    bool is_told = false;                             ///< the stall that is going on
    std::chrono::nanoseconds cpu_at_begin{};          ///< of the handler that is going on
    std::atomic<base::Duration::rep> stuck_since{0};  ///< 0: not stuck
  };

  void run() noexcept;
  void forgive_own_lateness(base::TimePoint now);
  void look_at(Patient& patient, base::TimePoint now);
  void look_for_stall(Patient& patient, base::TimePoint now);
  void report(Patient& patient, const Activity::Reading& reading, base::Duration lasted);
  void look_for_beat(Patient& patient, base::TimePoint now);

  const std::chrono::milliseconds threshold_;
  const std::chrono::milliseconds tick_;
  const std::chrono::milliseconds heartbeat_;
  base::TimePoint last_look_{};
  std::deque<Patient> patients_;
  base::Event end_;
  std::thread thread_;
};

}  // namespace weir::proxy
