#include "proxy/access_record.h"

#include <algorithm>
#include <cstring>
#include <limits>

namespace weir::proxy {

AccessRecord::AccessRecord(const SessionState& session, base::TimePoint now) noexcept
    : lasted(now - session.accepted_at),
      received_bytes(session.upload.moved_bytes()),
      sent_bytes(session.download.moved_bytes()),
      ticket(session.ticket),
      grant(session.grant),
      queue_time(session.queue_time),
      connect_time(session.connect_time),
      first_byte_time(session.first_byte_time),
      client_tcp(session.downstream_tcp),
      backend_tcp(session.upstream_tcp),
      client(session.client),
      reason(session.reason),
      is_connected(session.counts_backend),
      is_answered(session.answered),
      attempts(session.attempts) {
  if (!session.setbacks) return;
  for (const Setbacks::FailedConnect& each : session.setbacks->kept())
    failed[failed_count++] = {each.took, each.error};
}

void AccessRecord::add_name(std::string_view name) noexcept {
  const std::size_t room = names.size() - names_size;
  if (room == 0) return;
  constexpr std::size_t kLongest = std::numeric_limits<std::uint8_t>::max();
  const std::size_t size = std::min({name.size(), room - 1, kLongest});
  names[names_size] = static_cast<char>(size);
  name.copy(names.data() + names_size + 1, size);  // memcpy would take no null, of an empty name
  names_size = static_cast<std::uint16_t>(names_size + 1 + size);
}

std::string_view AccessRecord::bytes() const noexcept {
  return {reinterpret_cast<const char*>(this), offsetof(AccessRecord, names) + names_size};
}

AccessRecord AccessRecord::of(std::string_view bytes) noexcept {
  AccessRecord record;
  if (bytes.size() < offsetof(AccessRecord, names) || bytes.size() > sizeof record) return record;
  std::memcpy(static_cast<void*>(&record), bytes.data(), bytes.size());
  return record;
}

std::string_view AccessRecord::next_name(std::string_view& rest) noexcept {
  if (rest.empty()) return {};
  const std::size_t size = static_cast<std::uint8_t>(rest.front());
  const std::string_view name = rest.substr(1, size);
  rest.remove_prefix(std::min(rest.size(), 1 + size));
  return name;
}

}  // namespace weir::proxy
