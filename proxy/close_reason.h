#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace weir::proxy {

/// Who ended a session.
enum class Who : std::uint8_t {
  client,   ///< the downstream peer
  backend,  ///< the upstream peer
  weir,     ///< weir itself: a deadline, a limit, a drain, a fault
};

/// How it ended.
enum class How : std::uint8_t {
  fin,      ///< both directions ended in order
  reset,    ///< a TCP reset, or the peer vanished while bytes were on their way to it
  refused,  ///< the backend refused the connection
  timeout,  ///< a deadline passed, weir's or the kernel's
  limit,    ///< a configured limit
  drain,    ///< the time to finish was over: weir's drain, a second signal, or a backend that left
  health,   ///< no eligible backend, or one that is not any more
  admin,    ///< an operator ended it
  error,    ///< a fault: no route, no descriptors, no memory, an exception
};

/// Where in its life the session was.
enum class Phase : std::uint8_t {
  accept,       ///< taken from the queue, not yet looked at
  pick,         ///< choosing a backend
  connect,      ///< connecting to it
  relay,        ///< both directions open
  half_closed,  ///< one direction has ended in order
};

inline constexpr std::size_t kWhoCount = 3;
inline constexpr std::size_t kHowCount = 9;
inline constexpr std::size_t kPhaseCount = 5;

/// The one reason for which a session ended: feeds log, metric label, page and tests alike.
struct CloseReason {
  Who who = Who::weir;
  How how = How::error;
  Phase phase = Phase::accept;
  bool operator==(const CloseReason&) const = default;
};

/// Every ending there is. One that is missing here would be counted, but never shown: a new one
/// belongs here, in docs/operations.md and in a test.
inline constexpr std::array kCloseReasons = {
    CloseReason{Who::client, How::fin, Phase::half_closed},
    CloseReason{Who::client, How::reset, Phase::pick},
    CloseReason{Who::client, How::reset, Phase::connect},
    CloseReason{Who::client, How::reset, Phase::relay},
    CloseReason{Who::client, How::reset, Phase::half_closed},
    CloseReason{Who::client, How::timeout, Phase::relay},
    CloseReason{Who::client, How::timeout, Phase::half_closed},
    CloseReason{Who::client, How::error, Phase::relay},
    CloseReason{Who::client, How::error, Phase::half_closed},
    CloseReason{Who::backend, How::fin, Phase::half_closed},
    CloseReason{Who::backend, How::refused, Phase::connect},
    CloseReason{Who::backend, How::timeout, Phase::connect},
    CloseReason{Who::backend, How::error, Phase::connect},
    CloseReason{Who::backend, How::reset, Phase::relay},
    CloseReason{Who::backend, How::reset, Phase::half_closed},
    CloseReason{Who::backend, How::timeout, Phase::relay},
    CloseReason{Who::backend, How::timeout, Phase::half_closed},
    CloseReason{Who::backend, How::error, Phase::relay},
    CloseReason{Who::backend, How::error, Phase::half_closed},
    CloseReason{Who::weir, How::health, Phase::pick},
    CloseReason{Who::weir, How::limit, Phase::pick},
    CloseReason{Who::weir, How::timeout, Phase::pick},
    CloseReason{Who::weir, How::health, Phase::relay},
    CloseReason{Who::weir, How::health, Phase::half_closed},
    CloseReason{Who::weir, How::timeout, Phase::relay},
    CloseReason{Who::weir, How::timeout, Phase::half_closed},
    CloseReason{Who::weir, How::drain, Phase::pick},
    CloseReason{Who::weir, How::drain, Phase::connect},
    CloseReason{Who::weir, How::drain, Phase::relay},
    CloseReason{Who::weir, How::drain, Phase::half_closed},
    CloseReason{Who::weir, How::admin, Phase::pick},
    CloseReason{Who::weir, How::admin, Phase::connect},
    CloseReason{Who::weir, How::admin, Phase::relay},
    CloseReason{Who::weir, How::admin, Phase::half_closed},
    CloseReason{Who::weir, How::error, Phase::accept},
    CloseReason{Who::weir, How::error, Phase::connect},
    CloseReason{Who::weir, How::error, Phase::relay},
    CloseReason{Who::weir, How::error, Phase::half_closed},
};

/// The label text, which is the enumerator's name.
std::string_view to_string(Who who) noexcept;
std::string_view to_string(How how) noexcept;
std::string_view to_string(Phase phase) noexcept;

}  // namespace weir::proxy
