#pragma once

#include "metrics/counter.h"
#include "proxy/side.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace weir::proxy {

/// What a step may use of its reactor. One scratch buffer serves every flow of a reactor: between
/// steps a flow keeps only what its sink did not take.
struct FlowResources {
  std::span<std::byte> scratch;
  metrics::Counter& relayed_bytes;
  metrics::Gauge& buffer_bytes;
};

/// One direction of a session: moves bytes from a source side to a sink side, and after the last
/// one lets the end of the stream follow.
///
///   open --source ended in order, nothing unsent--> ended (FIN forwarded by the relay)
///
/// Invariant: the source is not read while anything is unsent, so that a stopped reader stops its
/// writer and a flow keeps at most one scratch buffer's worth (kScratchBytes).
class Flow {
 public:
  /// Size of a reactor's scratch buffer, and so the bound of what a flow holds back.
  static constexpr std::size_t kScratchBytes = 64 * 1024;
  /// What a flow may move in one turn before the others have theirs.
  static constexpr std::size_t kBudgetBytes = 64 * 1024;

  enum class Step : std::uint8_t {
    wait,   ///< the engine will tell when there is more to do
    again,  ///< stopped by the budget: run it again, after the others
    later,  ///< the kernel is short of memory, and no edge will tell when it is not: try next tick
  };

  /// Moves until EAGAIN, a short read, an error of either side, or the budget.
  Step step(Side& source, Side& sink, FlowResources& resources);

  /// Throws away what is unsent: its sink is gone.
  void discard(metrics::Gauge& buffer_bytes) noexcept;

  [[nodiscard]] bool has_unsent() const noexcept { return unsent_begin_ != unsent_end_; }
  /// The source ended in order and every byte of it has been handed on.
  [[nodiscard]] bool ended(const Side& source) const noexcept {
    return source.ended && !source.failed() && !has_unsent();
  }
  /// Bytes handed to the sink so far.
  [[nodiscard]] std::uint64_t moved_bytes() const noexcept { return moved_bytes_; }
  [[nodiscard]] std::size_t unsent_bytes() const noexcept { return unsent_end_ - unsent_begin_; }
  /// Memory held: what was kept when the sink filled up, until the last byte of it is sent.
  [[nodiscard]] std::size_t held_bytes() const noexcept { return unsent_ ? unsent_end_ : 0; }

 private:
  void keep(std::span<const std::byte> rest, metrics::Gauge& buffer_bytes);
  bool send_unsent(Side& sink, FlowResources& resources);

  std::unique_ptr<std::byte[]> unsent_;
  std::uint32_t unsent_begin_ = 0;
  std::uint32_t unsent_end_ = 0;
  std::uint64_t moved_bytes_ = 0;
};

}  // namespace weir::proxy
