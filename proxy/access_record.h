#pragma once

#include "base/log.h"
#include "proxy/session_state.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace weir::proxy {

/// What an access line tells of one session, by value: its reactor fills it in and hands the bytes
/// to the log thread, which makes a line of them (proxy/access_line). It points to nothing, because
/// a log thread that is stuck in a write outlives the reactors.
struct AccessRecord {
  /// Names of a listener and a pool, and five of backends ("unix:" and 107 bytes of path at most).
  static constexpr std::size_t kNamesBytes = 704;

  struct FailedConnect {
    ShortTime took{0};
    balancer::ConnectError error = balancer::ConnectError::other;
  };

  /// The facts of the session itself; counts and names are added by who knows them.
  explicit AccessRecord(const SessionState& session, base::TimePoint now) noexcept;
  AccessRecord() noexcept = default;

  std::chrono::nanoseconds lasted{0};
  std::uint64_t received_bytes = 0;  ///< from the client
  std::uint64_t sent_bytes = 0;      ///< to the client
  std::uint64_t ticket = 0;
  std::uint64_t grant = 0;
  std::uint32_t reactor = 0;
  std::uint32_t index = 0;  ///< with the reactor and the generation the session's name
  std::uint32_t generation = 0;
  std::uint32_t reactor_sessions = 0;
  std::uint32_t listener_sessions = 0;
  std::uint32_t backend_sessions = 0;
  ShortTime queue_time{0};
  ShortTime connect_time{0};
  ShortTime first_byte_time{0};
  TcpSummary client_tcp;
  TcpSummary backend_tcp;
  ClientAddress client;
  CloseReason reason;
  bool is_connected = false;  ///< to a backend: its name, times and counts mean something
  bool is_answered = false;
  std::uint8_t attempts = 0;
  std::uint8_t failed_count = 0;
  std::array<FailedConnect, Setbacks::kMost> failed;
  std::uint16_t names_size = 0;
  std::array<char, kNamesBytes> names;  ///< each behind a byte with its size; last, and in part

  /// In the order listener, pool, backend, those that failed. Cut when there is no room.
  void add_name(std::string_view name) noexcept;
  /// What is in use of it: valid as long as it lives.
  [[nodiscard]] std::string_view bytes() const noexcept;
  /// The record of such bytes; an empty one if they are none.
  [[nodiscard]] static AccessRecord of(std::string_view bytes) noexcept;
  /// Takes the next name off what is left of `names`, of which all are `all_names()`.
  [[nodiscard]] static std::string_view next_name(std::string_view& rest) noexcept;
  [[nodiscard]] std::string_view all_names() const noexcept { return {names.data(), names_size}; }
};

static_assert(std::is_trivially_copyable_v<AccessRecord> &&
              std::is_standard_layout_v<AccessRecord>);
static_assert(sizeof(AccessRecord) <= base::log::kMaxRecordBytes);

}  // namespace weir::proxy
