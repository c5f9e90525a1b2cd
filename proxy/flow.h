#pragma once

#include "config/config.h"
#include "metrics/counter.h"
#include "proxy/pipe_pool.h"
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
  PipePool& pipes;
  config::RelayMode mode;
  metrics::Counter& copied_bytes;
  metrics::Counter& spliced_bytes;
  metrics::Gauge& buffer_bytes;
};

/// One direction of a session: moves bytes from a source side to a sink side, and after the last
/// one lets the end of the stream follow.
///
///   open --source ended in order, nothing unsent--> ended (FIN forwarded by the relay)
///
/// While open it copies through the scratch buffer, or splices through a pipe of the pool:
///
///   copying --a read filled the scratch buffer--> bulk --a step brought less than kThinBytes-->
///   copying
///
/// A bulk flow holds a pipe only while there are bytes in it; when it finds none it copies.
/// Invariant: nothing is copied while the pipe holds bytes, and nothing read while anything copied
/// is unsent, so that bytes keep their order, a stopped reader stops its writer, and a flow keeps
/// at most one scratch buffer's worth (kScratchBytes) or one pipe's.
class Flow {
 public:
  /// Size of a reactor's scratch buffer, and so the bound of what a flow holds back.
  static constexpr std::size_t kScratchBytes = 64 * 1024;
  /// What a flow may move in one turn before the others have theirs: by copying, by splicing.
  static constexpr std::size_t kCopyBudgetBytes = 64 * 1024;
  static constexpr std::size_t kSpliceBudgetBytes = 256 * 1024;
  /// Below this a copy costs less than the calls of a splice (measured, see docs/decisions/0006).
  static constexpr std::size_t kThinBytes = 16 * 1024;

  enum class Step : std::uint8_t {
    wait,   ///< the engine will tell when there is more to do
    again,  ///< stopped by the budget: run it again, after the others
    later,  ///< the kernel is short of memory, and no edge will tell when it is not: try next tick
  };

  /// Moves until EAGAIN, a short read, an error of either side, or the budget.
  Step step(Side& source, Side& sink, FlowResources& resources);

  /// Throws away what is unsent: its sink is gone.
  void discard(FlowResources& resources) noexcept;

  // A flow that moves to another reactor: what it holds is counted there from now on.
  void left(FlowResources& resources) const noexcept;
  void joined(FlowResources& resources) const noexcept;

  [[nodiscard]] bool has_unsent() const noexcept { return unsent_bytes() > 0; }
  /// The source ended in order and every byte of it has been handed on.
  [[nodiscard]] bool ended(const Side& source) const noexcept {
    return source.ended && !source.failed() && !has_unsent();
  }
  /// Bytes handed to the sink so far.
  [[nodiscard]] std::uint64_t moved_bytes() const noexcept { return moved_bytes_; }
  [[nodiscard]] std::size_t unsent_bytes() const noexcept {
    return unsent_end_ - unsent_begin_ + (pipe_ ? pipe_->bytes() : 0);
  }

 private:
  Step copy(Side& source, Side& sink, FlowResources& resources, std::size_t moved);
  Step splice(Side& source, Side& sink, FlowResources& resources);
  Step drained(std::size_t filled, Side& source, Side& sink, FlowResources& resources);
  bool take_pipe(const Side& source, FlowResources& resources) noexcept;
  void keep(std::span<const std::byte> rest, metrics::Gauge& buffer_bytes);
  bool send_unsent(Side& sink, FlowResources& resources);
  void drop_unsent(metrics::Gauge& buffer_bytes) noexcept;

  std::unique_ptr<Pipe> pipe_;  ///< while bytes are in it
  std::unique_ptr<std::byte[]> unsent_;
  std::uint32_t unsent_begin_ = 0;
  std::uint32_t unsent_end_ = 0;
  bool is_bulk_ = false;
  std::uint64_t moved_bytes_ = 0;
};

}  // namespace weir::proxy
