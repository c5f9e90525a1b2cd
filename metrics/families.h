#pragma once

#include <prometheus/metric_type.h>

#include <cstddef>
#include <cstdint>

namespace weir::metrics {

/// Every metric weir exports, in the order of the exposition. Its name, help and type stand in one
/// table in families.cpp; nothing else spells a metric's name.
enum class Family : std::uint8_t {
  build_info,
  start_time_seconds,
  reactors,
  open_fds,
  max_fds,
  resident_memory_bytes,
  draining,
  log_lines_dropped,
  config_generation,
  config_reloads,
  config_last_reload_success,

  reactor_sessions_active,
  reactor_sessions_placed,
  reactor_sessions_migrated,
  reactor_loop_iterations,
  reactor_busy_seconds,
  reactor_idle_seconds,
  reactor_cpu_steal_seconds,
  reactor_loop_duration_seconds,
  reactor_loop_lag_seconds,
  reactor_events_per_poll,
  reactor_stalls,
  reactor_stall_seconds,
  reactor_missed_wakeups,
  reactor_commands,
  reactor_timers_pending,
  reactor_handler_faults,
  reactor_buffer_bytes,
  reactor_pipes_open,
  reactor_pipe_shortages,
  reactor_relayed_bytes,
  reactor_imbalance_ratio,

  listener_accepted,
  listener_sessions_active,
  listener_max_connections,
  listener_refused,
  listener_accept_errors,
  listener_accept_queue_length,
  listener_received_bytes,
  listener_sent_bytes,
  listener_session_seconds,
  listener_closed,

  pool_sessions_active,
  pool_no_backend,
  pool_members,
  pool_picks,
  pool_retries,
  pool_panic,
  pool_queue_length,
  pool_queue_seconds,
  pool_queue_rejected,

  backend_state,
  backend_weight,
  backend_effective_weight,
  backend_max_connections,
  backend_ejections,
  backend_checks,
  backend_check_seconds,
  backend_check_transitions,
  backend_sessions_active,
  backend_connect_attempts,
  backend_connect_errors,
  backend_connect_seconds,
  backend_first_byte_seconds,
  backend_received_bytes,
  backend_sent_bytes,
  backend_session_seconds,
  backend_tcp_rtt_seconds,
  backend_tcp_retransmits,
  backend_backpressure_pauses,
  backend_paused_seconds,
  backend_downtime_seconds,

  name_lookups,
  name_answers,
  name_last_success_seconds,
  name_changes,

  count  ///< not a family: how many there are
};

inline constexpr std::size_t kFamilyCount = static_cast<std::size_t>(Family::count);

struct FamilyDescription {
  Family family;
  prometheus::MetricType type;
  const char* name;    ///< as exported, prefix and all, so that a search for it ends in the table
  const char* labels;  ///< their names between commas; which build for build_info
  const char* help;
};

[[nodiscard]] const FamilyDescription& describe(Family family) noexcept;

}  // namespace weir::metrics
