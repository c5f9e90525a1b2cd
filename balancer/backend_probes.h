#pragma once

#include "balancer/connect_error.h"
#include "balancer/latency.h"
#include "balancer/pick_memory.h"
#include "balancer/slot_array.h"
#include "balancer/streak.h"
#include "metrics/counter.h"
#include "metrics/histogram.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace weir::balancer {

/// Who is to take bytes, as label text.
enum class Taker : std::uint8_t { client, backend };
inline constexpr std::size_t kTakerCount = 2;
inline constexpr std::array<std::string_view, kTakerCount> kTakerNames = {"client", "backend"};

/// How often a taker took no more while bytes were held for it, and for how long.
struct Pauses {
  metrics::Counter begun;
  metrics::Counter microseconds;
};

/// What one reactor knows of one backend. Written by that reactor only.
struct BackendProbe {
  metrics::Counter connect_attempts;
  std::array<metrics::Counter, kConnectErrorCount> connect_errors;
  metrics::Histogram connect_seconds;
  metrics::Histogram first_byte_seconds;
  metrics::Counter received_bytes;  ///< from the backend
  metrics::Counter sent_bytes;      ///< to the backend
  metrics::Histogram session_seconds;
  metrics::Histogram tcp_rtt_seconds;
  metrics::Counter tcp_retransmits;
  std::array<Pauses, kTakerCount> pauses;  ///< by who took no more

  void connect_failed(ConnectError error) noexcept {
    connect_errors[static_cast<std::size_t>(error)].add();
  }
};

/// All that one reactor publishes about backends, by slot. The counts of sessions stand apart,
/// contiguous, because a pick of least_connections reads them for every reactor; so do latencies.
struct BackendProbes {
  SlotArray<metrics::Gauge> sessions_active;
  SlotArray<BackendProbe> probes;
  SlotArray<Latency> latencies;
  SlotArray<Streak> streaks;
  PickMemory memory;  ///< for this reactor's own picks; not read from elsewhere

  /// Control thread, before a slot's number is published.
  void grow_to(std::size_t count) {
    sessions_active.grow_to(count);
    probes.grow_to(count);
    latencies.grow_to(count);
    streaks.grow_to(count);
    memory.grow_to(count);
  }
};

}  // namespace weir::balancer
