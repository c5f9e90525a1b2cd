#include "proxy/watchdog.h"

#include "base/backtrace.h"
#include "base/log.h"
#include "base/thread_setup.h"
#include "base/thread_times.h"
#include "proxy/session_row.h"

#include <fmt/format.h>

#include <poll.h>

#include <algorithm>
#include <exception>
#include <utility>

namespace weir::proxy {
namespace {

using std::chrono::milliseconds;

/// So many looks in the time that a handler may take. It is seen first up to a look late, and known
/// as a stall up to a look after its time: of the default of 25 ms, 41 ms after it began at the
/// latest. Waking up is what a look costs (docs/decisions/0011).
constexpr int kLooksPerThreshold = 3;
constexpr milliseconds kLongestTick{20};
constexpr milliseconds kShortestTick{1};
/// For a backtrace; a thread without a CPU answers when it has one.
constexpr milliseconds kPatience{20};
constexpr milliseconds kForgivenLateness{100};
constexpr milliseconds kToldLateness{1000};

milliseconds tick_of(milliseconds threshold) {
  if (threshold == milliseconds::zero()) return kLongestTick;
  return std::clamp(threshold / kLooksPerThreshold, kShortestTick, kLongestTick);
}

double milliseconds_of(std::chrono::nanoseconds duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

std::string session_text(std::size_t reactor, const Activity::Reading& reading) {
  if (reading.work != Work::relay && reading.work != Work::establish) return {};
  const SessionName name{static_cast<std::uint32_t>(reactor), reading.session.index,
                         reading.session.generation};
  return " of session " + name.to_string();
}

}  // namespace

Watchdog::Watchdog(milliseconds stall_threshold, milliseconds heartbeat)
    : threshold_(stall_threshold), tick_(tick_of(stall_threshold)), heartbeat_(heartbeat) {}

void Watchdog::add(ReactorProbe& probe, std::function<void()> wake) {
  patients_.emplace_back(patients_.size(), probe, std::move(wake), threshold_, heartbeat_);
}

void Watchdog::start(const std::function<pthread_t(std::size_t)>& thread_of) {
  last_look_ = base::Clock::now();
  for (Patient& patient : patients_) {
    patient.thread = thread_of(patient.number);
    patient.beat_judge.start(last_look_);
  }
  thread_ = std::thread([this] { run(); });
}

void Watchdog::stop() noexcept {
  if (!thread_.joinable()) return;
  end_.signal();
  thread_.join();
}

void Watchdog::run() noexcept {
  base::set_up_thread("weir-watchdog");
  pollfd end{end_.descriptor(), POLLIN, 0};
  while (::poll(&end, 1, static_cast<int>(tick_.count())) <= 0) {
    const base::TimePoint now = base::Clock::now();
    forgive_own_lateness(now);
    for (Patient& patient : patients_) {
      try {
        look_at(patient, now);
      } catch (const std::exception&) {  // no memory for a report: the next one may find some
      }
    }
  }
}

void Watchdog::forgive_own_lateness(base::TimePoint now) {
  const base::Duration late = now - std::exchange(last_look_, now) - tick_;
  if (late < kForgivenLateness) return;
  if (late >= kToldLateness)
    base::log::warning(
        "the watchdog did not run for {:.1f} s: weir was stopped, or the machine had no CPU for it",
        std::chrono::duration<double>(late).count());
  for (Patient& patient : patients_) patient.beat_judge.forgive(late, now);
}

void Watchdog::look_at(Patient& patient, base::TimePoint now) {
  look_for_beat(patient, now);
  look_for_stall(patient, now);
}

void Watchdog::look_for_stall(Patient& patient, base::TimePoint now) {
  const Activity::Reading reading = patient.probe.doing();
  const StallJudge::Finding finding = patient.judge.look(now, reading);
  switch (finding.verdict) {
    case StallJudge::Verdict::fine: break;
    case StallJudge::Verdict::new_one:
      patient.cpu_at_begin = base::cpu_time_of(patient.thread);
      break;
    case StallJudge::Verdict::began:
      patient.stalls.stalls.add();
      patient.probe.in_stall.store(true, std::memory_order_relaxed);
      patient.is_told = patient.lines.allow(now);
      if (patient.is_told) report(patient, reading, finding.lasted);
      break;
    case StallJudge::Verdict::ended:
      patient.stalls.stall_seconds.observe(finding.lasted);
      patient.probe.in_stall.store(false, std::memory_order_relaxed);
      if (patient.is_told)
        base::log::warning(
            "reactor {}: that handler is done: it took {:.0f} ms, {:.0f} ms of it on a CPU",
            patient.number, milliseconds_of(finding.lasted),
            milliseconds_of(base::cpu_time_of(patient.thread) - patient.cpu_at_begin));
      patient.cpu_at_begin = base::cpu_time_of(patient.thread);
      break;
  }
}

void Watchdog::report(Patient& patient, const Activity::Reading& reading, base::Duration lasted) {
  const auto cpu = base::cpu_time_of(patient.thread) - patient.cpu_at_begin;
  const char* const state = base::state_of(patient.probe.thread_id.load(std::memory_order_relaxed));
  const auto frames = base::backtrace::of(patient.thread, kPatience);
  base::log::warning(
      "reactor {}: stalled: {}{} has been running for {:.0f} ms, {:.0f} ms of it on a CPU; the "
      "thread is {} ({} more stalls since last told)",
      patient.number, to_string(reading.work), session_text(patient.number, reading),
      milliseconds_of(lasted), milliseconds_of(cpu), state, patient.lines.take_suppressed());
  if (frames.empty())
    base::log::warning("reactor {}: no backtrace: it did not answer within {} ms", patient.number,
                       kPatience.count());
  for (std::size_t i = 0; i < frames.size(); ++i)
    base::log::warning("reactor {}:   #{} {}", patient.number, i, frames[i]);
}

void Watchdog::look_for_beat(Patient& patient, base::TimePoint now) {
  const Activity::Reading reading = patient.probe.doing();
  const BeatJudge::Finding finding =
      patient.beat_judge.look(now, patient.probe.beats.value(), reading.work == Work::waiting);
  const double silent = std::chrono::duration<double>(finding.silent).count();
  switch (finding.verdict) {
    case BeatJudge::Verdict::fine: break;
    case BeatJudge::Verdict::wake:
      patient.stalls.missed_wakeups.add();
      base::log::warning("reactor {}: its timer has missed a wake-up: waking it", patient.number);
      patient.wake();
      break;
    case BeatJudge::Verdict::stuck:
      patient.stuck_since.store(patient.beat_judge.last_beat().time_since_epoch().count(),
                                std::memory_order_relaxed);
      base::log::error("reactor {}: stuck: no sign of life for {:.1f} s; it is at {}{}",
                       patient.number, silent, to_string(reading.work),
                       session_text(patient.number, reading));
      break;
    case BeatJudge::Verdict::back:
      patient.stuck_since.store(0, std::memory_order_relaxed);
      base::log::warning("reactor {}: beats again, after {:.1f} s", patient.number, silent);
      break;
  }
}

bool Watchdog::all_beat() const noexcept {
  return std::all_of(patients_.begin(), patients_.end(), [](const Patient& patient) {
    return patient.stuck_since.load(std::memory_order_relaxed) == 0;
  });
}

std::string Watchdog::complaint() const {
  std::string text;
  for (const Patient& patient : patients_) {
    const auto since = patient.stuck_since.load(std::memory_order_relaxed);
    if (since == 0) continue;
    const base::Duration silent = base::Clock::now() - base::TimePoint(base::Duration(since));
    text += fmt::format("reactor {} is stuck: no sign of life for {:.1f} s\n", patient.number,
                        std::chrono::duration<double>(silent).count());
  }
  return text;
}

}  // namespace weir::proxy
