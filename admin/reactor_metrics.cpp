#include "admin/reactor_metrics.h"

#include "admin/mean.h"
#include "base/thread_times.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace weir::admin {
namespace {

using metrics::Family;
using metrics::Label;
using metrics::Writer;

double seconds(std::chrono::nanoseconds duration) {
  return std::chrono::duration<double>(duration).count();
}

template <typename Histogram>
void write_histogram(Writer& writer, Family family, Label label, const Histogram& histogram) {
  writer.histogram(family, {label}, std::array<const Histogram*, 1>{&histogram});
}

}  // namespace

ReactorMetrics::ReactorMetrics(const proxy::Server& server)
    : server_(server), told_(server.reactors().size()) {}

void ReactorMetrics::write(Writer& writer) {
  std::vector<double> sessions;
  std::vector<double> busy_shares;
  for (const auto& reactor : server_.reactors()) {
    const proxy::ReactorProbe& probe = reactor->probe();
    const std::string number = std::to_string(reactor->number());
    sessions.push_back(static_cast<double>(probe.sessions_active.value()));
    busy_shares.push_back(probe.busy.read(base::Clock::now()).recent_share);
    write_sessions(writer, probe, {"reactor", number});
    write_loop(writer, *reactor, {"reactor", number});
  }
  writer.gauge(Family::reactor_imbalance_ratio, {{"of", "sessions"}}, imbalance(sessions));
  writer.gauge(Family::reactor_imbalance_ratio, {{"of", "busy"}}, imbalance(busy_shares));
}

void ReactorMetrics::write_sessions(Writer& writer, const proxy::ReactorProbe& probe, Label label) {
  const auto counter = [&](Family family, const metrics::Counter& value) {
    writer.counter(family, {label}, static_cast<double>(value.value()));
  };
  const auto gauge = [&](Family family, const metrics::Gauge& value) {
    writer.gauge(family, {label}, static_cast<double>(value.value()));
  };
  gauge(Family::reactor_sessions_active, probe.sessions_active);
  counter(Family::reactor_sessions_placed, probe.sessions_placed);
  for (const char* direction : {"in", "out"})
    writer.counter(Family::reactor_sessions_migrated, {label, {"direction", direction}}, 0);
  gauge(Family::reactor_timers_pending, probe.timers_pending);
  counter(Family::reactor_handler_faults, probe.handler_faults);
  gauge(Family::reactor_buffer_bytes, probe.buffer_bytes);
  gauge(Family::reactor_pipes_open, probe.pipes_open);
  counter(Family::reactor_pipe_shortages, probe.pipe_shortages);
  writer.counter(Family::reactor_relayed_bytes, {label, {"engine", "copy"}},
                 static_cast<double>(probe.relayed_bytes_copy.value()));
  writer.counter(Family::reactor_relayed_bytes, {label, {"engine", "splice"}},
                 static_cast<double>(probe.relayed_bytes_splice.value()));
}

void ReactorMetrics::write_loop(Writer& writer, const proxy::Reactor& reactor, Label label) {
  const proxy::ReactorProbe& probe = reactor.probe();
  const proxy::Watchdog::StallProbe& stalls = server_.watchdog().stalls(reactor.number());
  const auto counter = [&](Family family, const metrics::Counter& value) {
    writer.counter(family, {label}, static_cast<double>(value.value()));
  };
  const auto time = probe.busy.read(base::Clock::now());
  Told& told = told_[reactor.number()];
  told.busy = std::max(told.busy, time.busy);
  told.idle = std::max(told.idle, time.idle);
  told.waited = std::max(told.waited, base::waited_for_cpu(probe.thread_id));

  writer.counter(Family::reactor_loop_iterations, {label},
                 static_cast<double>(probe.loop_duration.count()));
  writer.counter(Family::reactor_busy_seconds, {label}, seconds(told.busy));
  writer.counter(Family::reactor_idle_seconds, {label}, seconds(told.idle));
  writer.counter(Family::reactor_cpu_steal_seconds, {label}, seconds(told.waited));
  write_histogram(writer, Family::reactor_loop_duration_seconds, label, probe.loop_duration);
  write_histogram(writer, Family::reactor_loop_lag_seconds, label, probe.loop_lag);
  write_histogram(writer, Family::reactor_events_per_poll, label, probe.events_per_poll);
  counter(Family::reactor_stalls, stalls.stalls);
  write_histogram(writer, Family::reactor_stall_seconds, label, stalls.stall_seconds);
  counter(Family::reactor_missed_wakeups, stalls.missed_wakeups);
  counter(Family::reactor_commands, probe.commands);
}

}  // namespace weir::admin
