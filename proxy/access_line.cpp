#include "proxy/access_line.h"

#include "base/escaped_text.h"
#include "proxy/session_row.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <cstdint>
#include <iterator>

namespace weir::proxy {
namespace {

using config::AccessField;
using WallTime = std::chrono::system_clock::time_point;

/// Writes values, as they stand in JSON or in a line of text.
class Values {
 public:
  Values(std::string& out, bool json) noexcept : out_(out), json_(json) {}

  void text(std::string_view value) const {
    if (json_) out_ += '"';
    base::append_escaped(out_, value);
    if (json_) out_ += '"';
  }
  void number(std::uint64_t value) const { fmt::format_to(std::back_inserter(out_), "{}", value); }
  void milliseconds(std::chrono::nanoseconds value) const {
    const std::chrono::duration<double, std::milli> count = value;
    fmt::format_to(std::back_inserter(out_), "{:.3f}", count.count());
  }
  /// "2026-11-22T10:00:00.123Z", as in the log.
  void time(WallTime value) const {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(value);
    const auto rest = std::chrono::floor<std::chrono::milliseconds>(value - seconds).count();
    if (json_) out_ += '"';
    fmt::format_to(std::back_inserter(out_), "{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(seconds),
                   rest);
    if (json_) out_ += '"';
  }
  /// What is not known, or does not apply.
  void nothing() const { out_ += json_ ? "null" : "-"; }

  /// [{"backend":"10.0.0.1:80","error":"refused","ms":0.120}], or 10.0.0.1:80/refused/0.120ms,...
  void failed(const AccessRecord& record, std::string_view names) const {
    if (json_) out_ += '[';
    if (!json_ && record.failed_count == 0) nothing();
    for (std::size_t i = 0; i < record.failed_count; ++i) {
      const AccessRecord::FailedConnect& each = record.failed.at(i);
      if (i > 0) out_ += ',';
      if (json_) out_ += R"({"backend":)";
      text(AccessRecord::next_name(names));
      out_ += json_ ? R"(,"error":)" : "/";
      text(balancer::kConnectErrorNames[static_cast<std::size_t>(each.error)]);
      out_ += json_ ? R"(,"ms":)" : "/";
      milliseconds(each.took);
      out_ += json_ ? "}" : "ms";
    }
    if (json_) out_ += ']';
  }

 private:
  std::string& out_;
  bool json_;
};

/// One session's values, by field.
class Facts {
 public:
  Facts(const AccessRecord& record, WallTime ended) noexcept : record_(record), ended_(ended) {
    std::string_view names = record.all_names();
    listener_ = AccessRecord::next_name(names);
    pool_ = AccessRecord::next_name(names);
    backend_ = AccessRecord::next_name(names);
    failed_names_ = names;
  }

  void write(AccessField field, const Values& values) const {
    switch (field) {
      case AccessField::time: return values.time(ended_);
      case AccessField::accepted: return values.time(ended_ - whole(record_.lasted));
      case AccessField::client: return values.text(record_.client.text().view());
      case AccessField::listener: return values.text(listener_);
      case AccessField::pool: return values.text(pool_);
      case AccessField::backend: return backend_name(values);
      case AccessField::reactor: return values.number(record_.reactor);
      case AccessField::session:
        return values.text(
            SessionName{record_.reactor, record_.index, record_.generation}.to_string());
      case AccessField::attempts: return values.number(record_.attempts);
      case AccessField::retries:
        return values.number(record_.attempts > 0 ? record_.attempts - 1U : 0U);
      case AccessField::failed: return values.failed(record_, failed_names_);
      case AccessField::ticket: return values.number(record_.ticket);
      case AccessField::grant: return values.number(record_.grant);
      case AccessField::received_bytes: return values.number(record_.received_bytes);
      case AccessField::sent_bytes: return values.number(record_.sent_bytes);
      case AccessField::who: return values.text(to_string(record_.reason.who));
      case AccessField::how: return values.text(to_string(record_.reason.how));
      case AccessField::phase: return values.text(to_string(record_.reason.phase));
      default: return write_measured(field, values);
    }
  }

 private:
  void write_measured(AccessField field, const Values& values) const {
    const bool connected = record_.is_connected;
    switch (field) {
      case AccessField::queue_ms: return values.milliseconds(record_.queue_time);
      case AccessField::connect_ms: return time_if(connected, record_.connect_time, values);
      case AccessField::first_byte_ms:
        return time_if(record_.is_answered, record_.first_byte_time, values);
      case AccessField::session_ms: return values.milliseconds(record_.lasted);
      case AccessField::reactor_sessions: return values.number(record_.reactor_sessions);
      case AccessField::listener_sessions: return values.number(record_.listener_sessions);
      case AccessField::backend_sessions:
        return connected ? values.number(record_.backend_sessions) : values.nothing();
      case AccessField::client_rtt_ms: return rtt(record_.client_tcp, values);
      case AccessField::backend_rtt_ms: return rtt(record_.backend_tcp, values);
      case AccessField::client_retransmits: return values.number(record_.client_tcp.retransmits);
      case AccessField::backend_retransmits: return values.number(record_.backend_tcp.retransmits);
      default: return values.nothing();
    }
  }

  void backend_name(const Values& values) const {
    if (record_.is_connected)
      values.text(backend_);
    else
      values.nothing();
  }
  static void time_if(bool is_known, std::chrono::nanoseconds time, const Values& values) {
    if (is_known)
      values.milliseconds(time);
    else
      values.nothing();
  }
  static void rtt(const TcpSummary& facts, const Values& values) {
    time_if(facts.rtt_us > 0, std::chrono::microseconds(facts.rtt_us), values);
  }
  static WallTime::duration whole(std::chrono::nanoseconds time) {
    return std::chrono::duration_cast<WallTime::duration>(time);
  }

  const AccessRecord& record_;
  WallTime ended_;
  std::string_view listener_;
  std::string_view pool_;
  std::string_view backend_;
  std::string_view failed_names_;
};

}  // namespace

void AccessLine::format(WallTime time, std::string_view bytes, std::string& line) {
  const AccessRecord record = AccessRecord::of(bytes);
  const Facts facts(record, time);
  const Values values(line, format_.is_json());
  for (const config::AccessLogFormat::Part& part : format_.parts) {
    if (part.field)
      facts.write(*part.field, values);
    else
      line += part.text;
  }
  if (!format_.is_json()) return;
  char separator = '{';
  for (const config::AccessFieldDescription& row : config::kAccessFields) {
    line += separator;
    values.text(row.name);
    line += ':';
    facts.write(row.field, values);
    separator = ',';
  }
  line += '}';
}

}  // namespace weir::proxy
