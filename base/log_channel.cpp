#include "base/log_channel.h"

#include <spdlog/details/log_msg.h>
#include <spdlog/sinks/sink.h>

#include <utility>

namespace weir::base::log {
namespace {

spdlog::level::level_enum spdlog_level(Level level) noexcept {
  switch (level) {
    case Level::debug: return spdlog::level::debug;
    case Level::info: return spdlog::level::info;
    case Level::warning: return spdlog::level::warn;
    case Level::error: return spdlog::level::err;
  }
  return spdlog::level::err;
}

}  // namespace

void Channel::set_sink(SinkPtr sink) noexcept {
  flush();
  sink_ = std::move(sink);
}

void Channel::write(std::chrono::system_clock::time_point time, Level level,
                    std::string_view text) noexcept {
  if (!sink_) return;
  try {
    sink_->log({time, spdlog::source_loc{}, {}, spdlog_level(level), text});
    ++unflushed_lines_;
  } catch (...) {
    lose_one();  // the sink keeps the others
  }
  if (unflushed_lines_ >= kBatchLines) flush();
}

void Channel::flush() noexcept {
  if (unflushed_lines_ == 0) return;
  try {
    sink_->flush();
    unflushed_lines_ = 0;
  } catch (const LinesLost& lost) {
    unflushed_lines_ = 0;
    lose(lost.count());
    error_ = lost.code().value();
  } catch (...) {
    lose_batch();
  }
}

}  // namespace weir::base::log
