#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace weir::config {

/// What an access line can tell of a session. The enumerator is the name in a template, and the key
/// in JSON. docs/operations.md shows the table; a test compares them.
enum class AccessField : std::uint8_t {
  time,
  accepted,
  client,
  listener,
  pool,
  backend,
  reactor,
  session,
  attempts,
  retries,
  failed,
  ticket,
  grant,
  queue_ms,
  connect_ms,
  first_byte_ms,
  session_ms,
  received_bytes,
  sent_bytes,
  reactor_sessions,
  listener_sessions,
  backend_sessions,
  client_rtt_ms,
  backend_rtt_ms,
  client_retransmits,
  backend_retransmits,
  who,
  how,
  phase,
  count  ///< not a field: how many there are
};

inline constexpr std::size_t kAccessFieldCount = static_cast<std::size_t>(AccessField::count);

struct AccessFieldDescription {
  AccessField field;
  std::string_view name;
  std::string_view help;
};

inline constexpr std::array<AccessFieldDescription, kAccessFieldCount> kAccessFields = {{
    {AccessField::time, "time", "when the session ended, UTC"},
    {AccessField::accepted, "accepted", "when it was accepted, UTC"},
    {AccessField::client, "client", "the client's address and port; `unix` for a unix socket"},
    {AccessField::listener, "listener", "the listener"},
    {AccessField::pool, "pool", "the pool"},
    {AccessField::backend, "backend", "the backend that it was connected to; none if none was"},
    {AccessField::reactor, "reactor", "the reactor that relayed it"},
    {AccessField::session, "session",
     "its name in the API, in reports of stalls and in the recorder"},
    {AccessField::attempts, "attempts", "backends tried"},
    {AccessField::retries, "retries", "of those, the ones after the first"},
    {AccessField::failed, "failed",
     "the first four connects that failed: backend, error and how long it took"},
    {AccessField::ticket, "ticket",
     "its number in the pool's queue when it came; 0 if it did not wait"},
    {AccessField::grant, "grant", "its number when it got a place there; 0 if it got none"},
    {AccessField::queue_ms, "queue_ms", "time that it waited there"},
    {AccessField::connect_ms, "connect_ms", "time of the connect that succeeded"},
    {AccessField::first_byte_ms, "first_byte_ms",
     "time from the first byte to the backend, or else from the connect, to its first byte"},
    {AccessField::session_ms, "session_ms", "time from accept to end"},
    {AccessField::received_bytes, "received_bytes", "bytes from the client"},
    {AccessField::sent_bytes, "sent_bytes", "bytes handed to the client's socket"},
    {AccessField::reactor_sessions, "reactor_sessions",
     "sessions of that reactor as it ended, itself included"},
    {AccessField::listener_sessions, "listener_sessions",
     "sessions of the listener, over all reactors, itself included"},
    {AccessField::backend_sessions, "backend_sessions",
     "sessions of the backend, over all reactors, itself included"},
    {AccessField::client_rtt_ms, "client_rtt_ms",
     "round trip time to the client as the kernel knew it at the end; none for a unix socket"},
    {AccessField::backend_rtt_ms, "backend_rtt_ms", "the same to the backend"},
    {AccessField::client_retransmits, "client_retransmits",
     "segments that the kernel sent to the client again"},
    {AccessField::backend_retransmits, "backend_retransmits", "the same to the backend"},
    {AccessField::who, "who", "who ended it, see below"},
    {AccessField::how, "how", "how: `fin` and `reset` tell the two ways of TCP apart"},
    {AccessField::phase, "phase", "in which phase"},
}};

}  // namespace weir::config
