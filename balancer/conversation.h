#pragma once

#include "config/config.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace re2 {
class RE2;
}

namespace weir::balancer {

/// What one check says to a server and wants to hear from it, without the socket: pure. Made for
/// one connection.
class Conversation {
 public:
  /// Of an answer; a server that says more has failed.
  static constexpr std::size_t kMostBytes = 64 * 1024;

  struct Step {
    enum class Kind : std::uint8_t {
      say,   ///< send `text`, then ask again
      hear,  ///< ask again when more has come, or nothing more will
      passed,
      failed,
    } kind;
    std::string text{};  ///< the bytes to send, or the verdict in words
  };

  virtual ~Conversation() = default;
  /// What is to be done now. `heard`: all that has come so far, from anybody who may listen at that
  /// port; `ended`: nothing more will, so the answer is not `hear`. Throws std::bad_alloc.
  virtual Step next(std::string_view heard, bool ended) = 0;
};

/// The compiled patterns of a check's steps, in order; ^ and $ mean lines. Made once a pool, shared
/// by its checks.
using CheckPatterns = std::vector<std::shared_ptr<const re2::RE2>>;
CheckPatterns compile_patterns(const config::CheckConfig& config);

/// `host`: of the backend, for the Host header.
std::unique_ptr<Conversation> make_conversation(const config::CheckConfig& config,
                                                const CheckPatterns& patterns, std::string host);

/// The first bytes of an answer, for a line of the log: what is no plain letter is escaped.
std::string escaped(std::string_view bytes);

}  // namespace weir::balancer
