#pragma once

#include "config/access_field.h"
#include "config/parsed.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::config {

/// The form of access lines: parts one after the other, or JSON with every field. A value; see
/// parse_access_log_format() for what may be written.
struct AccessLogFormat {
  /// A field, or text that is the same in every line.
  struct Part {
    std::optional<AccessField> field;
    std::string text;
    bool operator==(const Part&) const = default;
  };
  std::vector<Part> parts;  ///< none: JSON

  [[nodiscard]] bool is_json() const noexcept { return parts.empty(); }
  static AccessLogFormat json() { return {}; }
  /// kTextTemplate.
  static AccessLogFormat text();
  bool operator==(const AccessLogFormat&) const = default;
};

inline constexpr std::size_t kLongestTemplate = 1000;  ///< bytes

/// What `text` stands for.
inline constexpr std::string_view kTextTemplate =
    "{time} {client} {listener} {pool}/{backend} reactor={reactor} id={session} "
    "attempts={attempts} failed={failed} ticket={ticket} grant={grant} queue={queue_ms}ms "
    "connect={connect_ms}ms first_byte={first_byte_ms}ms session={session_ms}ms "
    "received={received_bytes} "
    "sent={sent_bytes} sessions={reactor_sessions}/{listener_sessions}/{backend_sessions} "
    "rtt={client_rtt_ms}/{backend_rtt_ms}ms retransmits={client_retransmits}/{backend_retransmits} "
    "{who}/{how}/{phase}";

/// "text", "json" or a template: text with fields in braces, at least one; "{{" and "}}" are
/// braces.
Parsed<AccessLogFormat> parse_access_log_format(std::string_view text);

}  // namespace weir::config
