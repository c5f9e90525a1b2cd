#include "base/log_sink.h"

#include <spdlog/details/null_mutex.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <string_view>
#include <utility>

namespace weir::base::log {
namespace {

std::unique_ptr<spdlog::formatter> make_formatter(LineFormat format) {
  const bool stamped = format == LineFormat::stamped;
  const char* const pattern = stamped ? "%Y-%m-%dT%H:%M:%S.%eZ %-7l %v" : "%v";
  return std::make_unique<spdlog::pattern_formatter>(pattern, spdlog::pattern_time_type::utc);
}

/// Writes everything, waiting as long as it takes: a standard error that somebody else has made
/// non-blocking is waited for like any other. Takes off `text` what was written. Returns 0 or the
/// error of write(2).
int write_all(int fd, std::string_view& text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {
      pollfd room{fd, POLLOUT, 0};
      ::poll(&room, 1, -1);
    } else if (errno != EINTR) {
      return errno;
    }
  }
  return 0;
}

/// Owned by the Scribe, which sees to it that one thread at a time is in here.
class DescriptorSink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
 public:
  DescriptorSink(int fd, Descriptor owned, LineFormat format)
      : base_sink(make_formatter(format)), fd_(fd), owned_(std::move(owned)) {}

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    const std::size_t before = gathered_.size();
    try {
      formatter_->format(message, gathered_);
    } catch (...) {
      gathered_.resize(before);  // not the half of a line
      throw;
    }
  }
  void flush_() override {
    std::string_view rest(gathered_.data(), gathered_.size());
    const int error = write_all(fd_, rest);
    const std::size_t written = gathered_.size() - rest.size();
    auto lost = static_cast<std::size_t>(std::count(rest.begin(), rest.end(), '\n'));
    if (is_torn_ && written == 0) --lost;  // what ends the torn line is no line
    if (written > 0) is_torn_ = gathered_[written - 1] != '\n';
    gathered_.clear();  // what failed is not tried again
    if (is_torn_) gathered_.push_back('\n');
    if (error != 0) throw LinesLost(lost, error);
  }

 private:
  bool is_torn_ = false;  ///< the last write ended within a line
  const int fd_;
  const Descriptor owned_;  ///< closed for standard error, which is not ours to close
  spdlog::memory_buf_t gathered_;
};

}  // namespace

SinkPtr make_stderr_sink(LineFormat format) {
  return std::make_shared<DescriptorSink>(STDERR_FILENO, Descriptor(), format);
}

SinkPtr make_file_sink(Descriptor file, LineFormat format) {
  const int fd = file.get();
  return std::make_shared<DescriptorSink>(fd, std::move(file), format);
}

}  // namespace weir::base::log
