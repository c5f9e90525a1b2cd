#include "proxy/close_reason.h"

#include <array>

namespace weir::proxy {
namespace {

constexpr std::array<std::string_view, kWhoCount> kWho = {"client", "backend", "weir"};
constexpr std::array<std::string_view, kHowCount> kHow = {
    "fin", "reset", "refused", "timeout", "limit", "drain", "health", "admin", "error"};
constexpr std::array<std::string_view, kPhaseCount> kPhase = {"accept", "pick", "connect", "relay",
                                                              "half_closed"};

}  // namespace

std::string_view to_string(Who who) noexcept { return kWho[static_cast<std::size_t>(who)]; }
std::string_view to_string(How how) noexcept { return kHow[static_cast<std::size_t>(how)]; }
std::string_view to_string(Phase phase) noexcept { return kPhase[static_cast<std::size_t>(phase)]; }

}  // namespace weir::proxy
