#pragma once

#include "proxy/session_state.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weir::proxy {

/// What a session is called outside of its reactor: "REACTOR.INDEX.GENERATION". Never another's
/// before its generation has come round, after 2^31 sessions in the same place.
struct SessionName {
  std::uint32_t reactor = 0;
  std::uint32_t index = 0;
  std::uint32_t generation = 0;

  auto operator<=>(const SessionName&) const = default;
  [[nodiscard]] std::string to_string() const;
  static std::optional<SessionName> parse(std::string_view text);
};

/// Where a session is, for people: Stage, with what matters beside it.
enum class ShownStage : std::uint8_t { queued, connecting, relaying, half_closed, resetting };
inline constexpr std::array<std::string_view, 5> kShownStageNames = {
    "queued", "connecting", "relaying", "half_closed", "resetting"};
[[nodiscard]] ShownStage shown_stage_of(const SessionState& session) noexcept;

/// One live session as it was when its reactor was asked: a plain value.
struct SessionRow {
  SessionName id;
  ClientAddress client;
  ListenerNumber listener = 0;
  PoolNumber pool = 0;
  std::optional<balancer::SlotNumber> slot;  ///< of the backend, once there is one
  ShownStage stage = ShownStage::connecting;
  std::uint8_t attempts = 0;
  base::Duration age{0};
  base::Duration idle{0};  ///< since bytes moved, or the stage changed
  std::chrono::microseconds connect_time{0};
  std::uint64_t received_bytes = 0;  ///< from the client, and handed to the backend
  std::uint64_t sent_bytes = 0;      ///< from the backend, and handed to the client
  std::uint64_t unsent_to_backend = 0;
  std::uint64_t unsent_to_client = 0;
  std::optional<TcpFacts> client_tcp{};
  std::optional<TcpFacts> backend_tcp{};
};
[[nodiscard]] SessionRow row_of(const Session& session, std::uint32_t reactor,
                                base::TimePoint now) noexcept;

}  // namespace weir::proxy
