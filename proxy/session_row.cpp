#include "proxy/session_row.h"

#include <charconv>

namespace weir::proxy {
namespace {

/// Takes a number, and the dot behind it if one is wanted, off the front of the text.
bool take_number(std::string_view& text, bool wants_dot, std::uint32_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (!wants_dot) return text.empty();
  if (!text.starts_with('.')) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

std::string SessionName::to_string() const {
  return std::to_string(reactor) + "." + std::to_string(index) + "." + std::to_string(generation);
}

std::optional<SessionName> SessionName::parse(std::string_view text) {
  SessionName id;
  const bool is_one = take_number(text, true, id.reactor) && take_number(text, true, id.index) &&
                      take_number(text, false, id.generation);
  if (!is_one) return {};
  return id;
}

ShownStage shown_stage_of(const SessionState& session) noexcept {
  if (session.stage == Stage::establishing)
    return session.is_queued ? ShownStage::queued : ShownStage::connecting;
  if (session.stage == Stage::resetting) return ShownStage::resetting;
  return session.half_closed ? ShownStage::half_closed : ShownStage::relaying;
}

SessionRow row_of(const Session& session, std::uint32_t reactor, base::TimePoint now) noexcept {
  SessionRow row;
  row.id = {reactor, session.index, session.generation};
  row.client = session.client;
  row.listener = session.listener;
  row.pool = session.pool;
  if (session.counts_backend) row.slot = session.slot;
  row.stage = shown_stage_of(session);
  row.attempts = session.attempts;
  row.age = now - session.accepted_at;
  const bool has_moved = session.last_progress > session.accepted_at;
  row.idle = now - (has_moved ? session.last_progress : session.accepted_at);
  row.connect_time = session.connect_time;
  row.received_bytes = session.upload.moved_bytes();
  row.sent_bytes = session.download.moved_bytes();
  row.unsent_to_backend = session.upload.unsent_bytes();
  row.unsent_to_client = session.download.unsent_bytes();
  return row;
}

}  // namespace weir::proxy
