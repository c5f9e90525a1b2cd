#pragma once

#include "proxy/session_row.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::proxy {

/// By what sessions are ordered; equals go by their numbers.
enum class SessionOrder : std::uint8_t { age, idle, received, sent, unsent, attempts };
inline constexpr std::array<std::string_view, 6> kSessionOrderNames = {
    "age", "idle", "received", "sent", "unsent", "attempts"};

/// Which sessions somebody wants to see, and those found so far. Names have become numbers before,
/// so that a reactor has little to compare. It goes from reactor to reactor and belongs to the one
/// that has it. Keeps its best rows only, whose memory it takes when it is made.
class SessionSearch {
 public:
  /// One condition; a session meets it when any part of it holds. All of a search must be met.
  struct Term {
    std::optional<std::string> client;  ///< part of the client's address
    std::vector<bool> listeners;        ///< by number; what is beyond the end does not hold
    std::vector<bool> pools;
    std::vector<bool> slots;
    std::array<bool, kShownStageNames.size()> stages{};
    std::optional<std::uint32_t> reactor;

    [[nodiscard]] bool is_met(const SessionRow& row) const noexcept;
  };

  /// `most`: rows that are kept. Throws std::bad_alloc.
  SessionSearch(std::vector<Term> terms, SessionOrder order, bool descending, std::size_t most);

  /// Counts the session if it meets all terms, and keeps it while it is among the best.
  void offer(const SessionRow& row) noexcept;
  /// Sorts what was kept, and leaves of it those from `offset` on.
  void finish(std::size_t offset);

  [[nodiscard]] std::uint64_t seen() const noexcept { return seen_; }
  [[nodiscard]] std::uint64_t matched() const noexcept { return matched_; }
  [[nodiscard]] const std::vector<SessionRow>& rows() const noexcept { return rows_; }
  [[nodiscard]] std::vector<SessionRow>& rows() noexcept { return rows_; }

 private:
  [[nodiscard]] bool is_before(const SessionRow& a, const SessionRow& b) const noexcept;

  const std::vector<Term> terms_;
  const SessionOrder order_;
  const bool descending_;
  const std::size_t most_;
  std::vector<SessionRow> rows_;  ///< a heap with the worst on top, until it is finished
  std::uint64_t seen_ = 0;
  std::uint64_t matched_ = 0;
};

}  // namespace weir::proxy
