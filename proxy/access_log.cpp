#include "proxy/access_log.h"

#include "base/log.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>
#include <string>

namespace weir::proxy {
namespace {

/// The name of a listener, pool or backend never needs escaping in JSON: config allows no quotes,
/// backslashes or control characters in them.
constexpr auto kJson =
    R"({{"time":"{}","client":"{}","listener":"{}","pool":"{}","backend":"{}","attempts":{},)"
    R"("ticket":{},"grant":{},)"
    R"("connect_ms":{:.3f},"session_ms":{:.3f},"received_bytes":{},"sent_bytes":{},)"
    R"("who":"{}","how":"{}","phase":"{}"}})";
constexpr auto kText =
    "{} {} {} {}/{} attempts={} ticket={} grant={} connect={:.3f}ms session={:.3f}ms received={} "
    "sent={} {}/{}/{}";

double milliseconds(std::chrono::nanoseconds duration) noexcept {
  return std::chrono::duration<double, std::milli>(duration).count();
}

/// "2026-11-22T10:00:00.123Z", as in the log.
std::string time_text(std::chrono::sys_time<std::chrono::milliseconds> time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(seconds), (time - seconds).count());
}

}  // namespace

void write_access_line(config::AccessLogFormat format, const SessionState& session,
                       std::string_view listener, std::string_view pool, std::string_view backend,
                       base::TimePoint now) noexcept {
  const auto wall = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  fmt::basic_memory_buffer<char, 512> line;
  try {
    fmt::format_to(std::back_inserter(line),
                   fmt::runtime(format == config::AccessLogFormat::json ? kJson : kText),
                   time_text(wall), session.client.text().view(), listener, pool,
                   backend.empty() ? "-" : backend, session.attempts, session.ticket, session.grant,
                   milliseconds(session.connect_time), milliseconds(now - session.accepted_at),
                   session.upload.moved_bytes(), session.download.moved_bytes(),
                   to_string(session.reason.who), to_string(session.reason.how),
                   to_string(session.reason.phase));
  } catch (const std::exception&) {
    return;  // no memory for a line: the session's end matters more
  }
  base::log::access({line.data(), line.size()});
}

}  // namespace weir::proxy
