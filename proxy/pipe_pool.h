#pragma once

#include "base/clock.h"
#include "metrics/counter.h"
#include "proxy/pipe.h"

#include <cstddef>
#include <memory>
#include <vector>

namespace weir::proxy {

/// The pipes of one reactor. A flow has one only while it holds bytes or is being stepped, so the
/// pool serves many more flows than it has pipes; a flow that finds none goes on copying. Grows as
/// pipes are asked for, up to its limit and as far as the user's limits allow (pipe(7)). Owned by
/// the engine, on its reactor's thread.
class PipePool {
 public:
  /// A smaller pipe than this is not worth its calls: the user's limit has been reached.
  static constexpr std::size_t kLeastBytes = 64 * 1024;
  /// After a pipe could not be had, this passes before the kernel is asked again.
  static constexpr std::chrono::milliseconds kRetry{1000};

  struct Limits {
    std::size_t pipes = 0;
    std::size_t pipe_bytes = 0;
  };

  /// `open` and `shortages` are the reactor's published counts.
  PipePool(Limits limits, metrics::Gauge& open, metrics::Counter& shortages);

  /// An empty pipe; null, and counted, when there is none.
  std::unique_ptr<Pipe> take() noexcept;
  /// Takes a pipe back. One that still holds bytes is closed: they would come out elsewhere.
  void give(std::unique_ptr<Pipe> pipe) noexcept;

  /// No flow has one.
  [[nodiscard]] bool all_are_back() const noexcept {
    return static_cast<std::size_t>(open_.value()) == free_.size();
  }

  // A flow that moves to another reactor takes a pipe with bytes along.
  void joined() noexcept { open_.add(); }
  void left() noexcept { open_.sub(); }

 private:
  std::unique_ptr<Pipe> open_one() noexcept;

  Limits limits_;
  metrics::Gauge& open_;
  metrics::Counter& shortages_;
  std::vector<std::unique_ptr<Pipe>> free_;  ///< reserved to the limit: giving never allocates
  base::TimePoint next_try_{};
};

}  // namespace weir::proxy
