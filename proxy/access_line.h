#pragma once

#include "base/log.h"
#include "config/access_log_format.h"
#include "proxy/access_record.h"

#include <chrono>
#include <string>
#include <string_view>
#include <utility>

namespace weir::proxy {

/// Makes a line of an AccessRecord, in the form that the configuration wants. Every text from
/// outside is escaped (base/escaped_text), in JSON and elsewhere alike. Owned by the log, used on
/// its thread.
class AccessLine final : public base::log::RecordFormatter {
 public:
  explicit AccessLine(config::AccessLogFormat format) : format_(std::move(format)) {}

  void format(std::chrono::system_clock::time_point time, std::string_view record,
              std::string& line) override;

 private:
  const config::AccessLogFormat format_;
};

}  // namespace weir::proxy
