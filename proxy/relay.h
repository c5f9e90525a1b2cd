#pragma once

#include "base/clock.h"
#include "proxy/session_state.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace weir::proxy {

/// A backend that closes this soon, without having sent a byte, has failed its session.
inline constexpr base::Duration kEarlyClose = std::chrono::seconds(1);

/// What the engine does with a session after its sockets were served.
enum class Next : std::uint8_t {
  wait,         ///< for events
  again,        ///< serve it again, after the others
  check_later,  ///< look again when the next tick of the deadlines comes
  end,          ///< Session::reason and close_with_reset are set
};

inline constexpr std::size_t kNextCount = 4;
[[nodiscard]] std::string_view to_string(Next next) noexcept;

struct Served {
  Next next = Next::wait;
  std::uint64_t bytes = 0;  ///< moved, both ways together
};

/// How long a reset may wait for what its side sent before to be delivered (design.md section 8;
/// Envoy #45190 lost data by throwing a reset over buffered bytes, #45267 mended it).
inline constexpr std::chrono::milliseconds kResetDeliveryLimit{1000};

/// The relay of one session: runs both flows and decides how it ends. Knows neither the engine nor
/// the reactor; time is an argument. Semantics:
///
///   FIN    follows the last byte; the other direction goes on.
///   reset  what that side sent before is delivered, then the other side is reset as soon as its
///          peer has acknowledged everything, after kResetDeliveryLimit at the latest. A side that
///          had got its FIN already is closed in order.
Served serve(SessionState& session, FlowResources& resources, base::TimePoint now);

/// When a deadline is to be looked at next; the largest time point when there is none.
base::TimePoint next_deadline(const SessionState& session) noexcept;

/// Ends a relaying session whose deadline has passed: reset both, {weir, timeout}.
bool deadline_passed(SessionState& session, base::TimePoint now) noexcept;

/// Who holds it up now; a comparison or two, for every step.
[[nodiscard]] inline Held held_of(const SessionState& session) noexcept {
  return {session.download.has_unsent() && !session.downstream.writable,
          session.upload.has_unsent() && !session.upstream.writable};
}

/// The phase label of an ending that comes now.
Phase phase_of(const SessionState& session) noexcept;

}  // namespace weir::proxy
