#include "metrics/families.h"

#include "base/check.h"

#include <array>

namespace weir::metrics {
namespace {

constexpr auto C = prometheus::MetricType::Counter;
constexpr auto G = prometheus::MetricType::Gauge;
constexpr auto H = prometheus::MetricType::Histogram;

// Received and sent are as weir sees that socket: a listener's received comes from clients, a
// backend's sent goes to the backend. docs/operations.md shows this table; a test compares them.
constexpr std::array<FamilyDescription, kFamilyCount> kFamilies = {{
    {Family::build_info, G, "weir_build_info", "version, compiler",
     "Always 1; the labels say which build this is."},
    {Family::start_time_seconds, G, "weir_start_time_seconds", "",
     "When the process started, in seconds since 1970."},
    {Family::reactors, G, "weir_reactors", "", "Reactors that relay sessions, a thread each."},
    {Family::open_fds, G, "weir_open_fds", "", "File descriptors the process has open."},
    {Family::max_fds, G, "weir_max_fds", "", "File descriptors the process may have open."},
    {Family::resident_memory_bytes, G, "weir_resident_memory_bytes", "",
     "Memory of the process that is resident, in bytes."},
    {Family::draining, G, "weir_draining", "",
     "1 while the process drains before it ends, else 0."},
    {Family::log_lines_dropped, C, "weir_log_lines_dropped_total", "",
     "Log and access-log lines lost because the log could not be written fast enough."},

    {Family::config_generation, G, "weir_config_generation", "",
     "Configurations that were taken into use since the start, the first included."},
    {Family::config_reloads, C, "weir_config_reloads_total", "result",
     "Reloads, by result: success, failure. Stays 0 until weir can reload."},
    {Family::config_last_reload_success, G, "weir_config_last_reload_success", "",
     "1 when the last configuration that was read is in use, else 0."},

    {Family::reactor_sessions_active, G, "weir_reactor_sessions_active", "reactor",
     "Sessions the reactor holds now."},
    {Family::reactor_sessions_placed, C, "weir_reactor_sessions_placed_total", "reactor",
     "Accepted connections that placement gave to the reactor."},
    {Family::reactor_sessions_migrated, C, "weir_reactor_sessions_migrated_total",
     "reactor, direction",
     "Sessions moved to and from other reactors: in, out. Stays 0 until weir can move them."},
    {Family::reactor_loop_iterations, C, "weir_reactor_loop_iterations_total", "reactor",
     "Turns of the reactor's loop."},
    {Family::reactor_busy_seconds, C, "weir_reactor_busy_seconds_total", "reactor",
     "Time the reactor spent in its handlers, the running one included."},
    {Family::reactor_idle_seconds, C, "weir_reactor_idle_seconds_total", "reactor",
     "Time the reactor waited for something to do."},
    {Family::reactor_cpu_steal_seconds, C, "weir_reactor_cpu_steal_seconds_total", "reactor",
     "Time the reactor was ready to run and another thread, or this machine's host, had its CPU."},
    {Family::reactor_loop_duration_seconds, H, "weir_reactor_loop_duration_seconds", "reactor",
     "How long turns of the loop took, the wait for events left out."},
    {Family::reactor_loop_lag_seconds, H, "weir_reactor_loop_lag_seconds", "reactor",
     "How late the reactor's heartbeat, a timer, fired."},
    {Family::reactor_events_per_poll, H, "weir_reactor_events_per_poll", "reactor",
     "Events that the kernel had for a turn that found any."},
    {Family::reactor_stalls, C, "weir_reactor_stalls_total", "reactor",
     "Handlers that ran for longer than stall_threshold; told in the log with a backtrace."},
    {Family::reactor_stall_seconds, H, "weir_reactor_stall_seconds", "reactor",
     "How long those handlers ran."},
    {Family::reactor_missed_wakeups, C, "weir_reactor_missed_wakeups_total", "reactor",
     "Times that the reactor's timers were silent for a second and it had to be woken."},
    {Family::reactor_commands, C, "weir_reactor_commands_total", "reactor",
     "Commands of other threads that the reactor has carried out."},
    {Family::reactor_timers_pending, G, "weir_reactor_timers_pending", "reactor",
     "Deadlines the reactor has yet to meet."},
    {Family::reactor_handler_faults, C, "weir_reactor_handler_faults_total", "reactor",
     "Handlers of the reactor that threw; each cost its own session and is logged."},
    {Family::reactor_buffer_bytes, G, "weir_reactor_buffer_bytes", "reactor",
     "Bytes the reactor has received and could not send yet."},
    {Family::reactor_pipes_open, G, "weir_reactor_pipes_open", "reactor",
     "Pipes the reactor has for splicing, in use or not."},
    {Family::reactor_pipe_shortages, C, "weir_reactor_pipe_shortages_total", "reactor",
     "Times a flow with much to move found no pipe and copied instead."},
    {Family::reactor_relayed_bytes, C, "weir_reactor_relayed_bytes_total", "reactor, engine",
     "Bytes the reactor has relayed, both directions, by how they were moved."},
    {Family::reactor_imbalance_ratio, G, "weir_reactor_imbalance_ratio", "of",
     "The most loaded reactor's share over the mean of all reactors: 1 is even."},

    {Family::listener_accepted, C, "weir_listener_accepted_total", "listener",
     "Connections the listener has accepted."},
    {Family::listener_sessions_active, G, "weir_listener_sessions_active", "listener",
     "Sessions of the listener now."},
    {Family::listener_max_connections, G, "weir_listener_max_connections", "listener",
     "Sessions the listener may have at a time: its own limit, or the process's."},
    {Family::listener_refused, C, "weir_listener_refused_total", "listener, reason",
     "Connections refused by reason: denied, rate, source_limit. Stays 0 until weir has such "
     "rules."},
    {Family::listener_accept_errors, C, "weir_listener_accept_errors_total", "listener, error",
     "Failed calls of accept, by error."},
    {Family::listener_accept_queue_length, G, "weir_listener_accept_queue_length", "listener",
     "Connections that the kernel holds ready to be accepted."},
    {Family::listener_received_bytes, C, "weir_listener_received_bytes_total", "listener",
     "Bytes received from the listener's clients."},
    {Family::listener_sent_bytes, C, "weir_listener_sent_bytes_total", "listener",
     "Bytes sent to the listener's clients."},
    {Family::listener_session_seconds, H, "weir_listener_session_seconds", "listener",
     "How long sessions lasted, from accept to close."},
    {Family::listener_closed, C, "weir_listener_closed_total", "listener, who, how, phase",
     "Sessions that have ended, by who ended them, how, and in which phase."},

    {Family::pool_sessions_active, G, "weir_pool_sessions_active", "pool",
     "Sessions that use the pool now."},
    {Family::pool_no_backend, C, "weir_pool_no_backend_total", "pool",
     "Sessions that no backend of the pool took: none to try, or every attempt failed."},
    {Family::pool_members, G, "weir_pool_members", "pool, state",
     "Backends of the pool, by state."},
    {Family::pool_picks, C, "weir_pool_picks_total", "pool",
     "Sessions for which the pool was asked for backends."},
    {Family::pool_retries, C, "weir_pool_retries_total", "pool",
     "Further candidates tried after a failed connect."},
    {Family::pool_panic, G, "weir_pool_panic", "pool",
     "1 while too few backends are eligible and so all are used, else 0."},
    {Family::pool_queue_length, G, "weir_pool_queue_length", "pool",
     "Sessions that wait because all backends have max_connections."},
    {Family::pool_queue_seconds, H, "weir_pool_queue_seconds", "pool",
     "How long those that went on had waited."},
    {Family::pool_queue_rejected, C, "weir_pool_queue_rejected_total", "pool, reason",
     "Sessions that got no place: full (queue_limit), timeout (queue_timeout)."},

    {Family::backend_state, G, "weir_backend_state", "pool, backend, state",
     "1 for the state the backend is in, 0 for the others."},
    {Family::backend_weight, G, "weir_backend_weight", "pool, backend",
     "The backend's configured weight."},
    {Family::backend_effective_weight, G, "weir_backend_effective_weight", "pool, backend",
     "The weight that picks go by, in thousandths: slow start, priorities and panic included."},
    {Family::backend_max_connections, G, "weir_backend_max_connections", "pool, backend",
     "Sessions the backend may have at a time, slow start included; 0: no limit."},
    {Family::backend_ejections, C, "weir_backend_ejections_total", "pool, backend, cause",
     "Times the backend was ejected, by cause."},
    {Family::backend_checks, C, "weir_backend_checks_total", "pool, backend, result",
     "Checks of the backend, by result; unknown is a want of this machine's."},
    {Family::backend_check_seconds, H, "weir_backend_check_seconds", "pool, backend",
     "How long checks of the backend took."},
    {Family::backend_check_transitions, C, "weir_backend_check_transitions_total", "pool, backend",
     "Times that checks made the backend healthy or unhealthy."},
    {Family::backend_sessions_active, G, "weir_backend_sessions_active", "pool, backend",
     "Sessions of the backend now."},
    {Family::backend_connect_attempts, C, "weir_backend_connect_attempts_total", "pool, backend",
     "Connects begun towards the backend."},
    {Family::backend_connect_errors, C, "weir_backend_connect_errors_total", "pool, backend, error",
     "Connects to the backend that failed, by error."},
    {Family::backend_connect_seconds, H, "weir_backend_connect_seconds", "pool, backend",
     "How long successful connects to the backend took."},
    {Family::backend_first_byte_seconds, H, "weir_backend_first_byte_seconds", "pool, backend",
     "Wait for the backend's first byte, from the first one sent to it or else from the connect."},
    {Family::backend_received_bytes, C, "weir_backend_received_bytes_total", "pool, backend",
     "Bytes received from the backend."},
    {Family::backend_sent_bytes, C, "weir_backend_sent_bytes_total", "pool, backend",
     "Bytes sent to the backend."},
    {Family::backend_session_seconds, H, "weir_backend_session_seconds", "pool, backend",
     "How long sessions of the backend lasted, from the connect to the close."},
    {Family::backend_tcp_rtt_seconds, H, "weir_backend_tcp_rtt_seconds", "pool, backend",
     "Round trip time to the backend, as the kernel knew it when a session ended."},
    {Family::backend_tcp_retransmits, C, "weir_backend_tcp_retransmits_total", "pool, backend",
     "Segments that the kernel sent to the backend again, counted when a session ends."},
    {Family::backend_backpressure_pauses, C, "weir_backend_backpressure_pauses_total",
     "pool, backend, side",
     "Times that a side of a session took no more, and the other was not read meanwhile."},
    {Family::backend_paused_seconds, C, "weir_backend_paused_seconds_total", "pool, backend, side",
     "How long that was, in all."},
    {Family::backend_downtime_seconds, C, "weir_backend_downtime_seconds_total", "pool, backend",
     "How long the backend has been unhealthy or ejected, the present time included."},

    {Family::name_lookups, C, "weir_name_lookups_total", "pool, name, result",
     "Times that the name was asked for, by result: answered, failed."},
    {Family::name_answers, G, "weir_name_answers", "pool, name",
     "Addresses in the name's last good answer."},
    {Family::name_last_success_seconds, G, "weir_name_last_success_seconds", "pool, name",
     "When that answer came, in seconds since 1970; 0: never."},
    {Family::name_changes, C, "weir_name_changes_total", "pool, name",
     "Answers that were another set of addresses than the one before."},
}};

constexpr bool rows_are_in_order() {
  for (std::size_t i = 0; i < kFamilies.size(); ++i) {
    if (kFamilies[i].family != static_cast<Family>(i)) return false;
  }
  return true;
}
static_assert(rows_are_in_order(), "a row of the table is missing or out of order");

}  // namespace

const FamilyDescription& describe(Family family) noexcept {
  WEIR_CHECK(family < Family::count);
  return kFamilies[static_cast<std::size_t>(family)];
}

}  // namespace weir::metrics
