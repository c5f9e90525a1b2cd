#pragma once

#include "metrics/busy_time.h"
#include "metrics/counter.h"
#include "metrics/histogram.h"
#include "proxy/activity.h"
#include "proxy/close_reason.h"
#include "proxy/recorder.h"

#include <sys/types.h>

#include <array>
#include <atomic>
#include <cstddef>

/// The data path's own view of itself: plain counts, written by one reactor (or by the thread of an
/// acceptor) and summed by whoever reads. Events are methods named after what happened.
namespace weir::proxy {

/// False only in a build of the preset release-without-probes, which tells what watching a turn and
/// a session's handlers costs (bench/instructions, bench/compare): busy time, duration and events
/// of turns, the activity and the recorder stay empty there. Not for service: its watchdog finds no
/// stall, and takes every long silence for a missed wake-up.
#ifdef WEIR_WITHOUT_PROBES
inline constexpr bool kHasProbes = false;
#else
inline constexpr bool kHasProbes = true;
#endif

/// Of one reactor. The first line of the cache is what placement and admission read for every
/// connection; what follows is written in every turn.
struct ReactorProbe {
  alignas(64) metrics::Counter sessions_ended;
  metrics::Gauge sessions_active;

  alignas(64) metrics::BusyTime busy;
  metrics::LoopHistogram loop_duration;  ///< from an epoll_wait's return to the next one's call
  metrics::LoopHistogram loop_lag;       ///< how late the heartbeat's timer was
  metrics::BatchHistogram events_per_poll;
  metrics::Counter beats;     ///< of the heartbeat
  metrics::Counter commands;  ///< of other threads
  metrics::Counter relayed_bytes_copy;
  metrics::Counter relayed_bytes_splice;
  metrics::Gauge pipes_open;
  metrics::Counter pipe_shortages;  ///< steps of a bulk flow that found no pipe and copied
  metrics::Gauge buffer_bytes;      ///< held back because a sink was full
  metrics::Gauge timers_pending;
  metrics::Counter sessions_placed;  ///< arrived on this reactor
  metrics::Counter handler_faults;
  std::atomic<pid_t> thread_id{0};    ///< of the kernel, once it runs
  std::atomic<bool> in_stall{false};  ///< the watchdog's word: give it nothing new

  Recorder recorder;
  alignas(64) Activity activity;

  /// What it is at just now. Any thread.
  [[nodiscard]] Activity::Reading doing() const noexcept { return activity.read(busy.spell()); }
};

/// Of one listener on one reactor.
struct alignas(64) ListenerProbe {
  metrics::Gauge sessions_active;
  metrics::Counter sessions_ended;
  metrics::Counter received_bytes;  ///< from clients
  metrics::Counter sent_bytes;      ///< to clients
  metrics::Histogram session_seconds;

  void session_closed(CloseReason reason) noexcept { closed_[index(reason)].add(); }
  [[nodiscard]] std::uint64_t closed(CloseReason reason) const noexcept {
    return closed_[index(reason)].value();
  }

 private:
  static std::size_t index(CloseReason reason) noexcept {
    return (static_cast<std::size_t>(reason.who) * kHowCount +
            static_cast<std::size_t>(reason.how)) *
               kPhaseCount +
           static_cast<std::size_t>(reason.phase);
  }
  std::array<metrics::Counter, kWhoCount * kHowCount * kPhaseCount> closed_;
};

/// Of one pool on one reactor.
struct PoolProbe {
  metrics::Gauge sessions_active;
  metrics::Counter picks;
  metrics::Counter retries;
  metrics::Counter no_backend;
  metrics::Histogram queue_seconds;  ///< of those that got a place
  metrics::Counter queue_timeouts;
  metrics::Counter queue_full;
};

/// What accept4 may fail with, by what it means for us.
enum class AcceptError : std::uint8_t { descriptors, memory, aborted, other };
inline constexpr std::size_t kAcceptErrorCount = 4;

/// Of one acceptor: a listener's socket on one thread.
struct AcceptorProbe {
  metrics::Counter accepted;
  metrics::Counter lost;  ///< of those: closed for want of memory before a reactor had them
  std::array<metrics::Counter, kAcceptErrorCount> errors;
};

}  // namespace weir::proxy
