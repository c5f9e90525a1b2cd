#include "proxy/pipe_pool.h"

#include <utility>

namespace weir::proxy {

PipePool::PipePool(Limits limits, metrics::Gauge& open, metrics::Counter& shortages)
    : limits_(limits), open_(open), shortages_(shortages) {
  free_.reserve(limits.pipes);
}

std::unique_ptr<Pipe> PipePool::take() noexcept {
  std::unique_ptr<Pipe> pipe;
  if (!free_.empty()) {
    pipe = std::move(free_.back());
    free_.pop_back();
  } else if (static_cast<std::size_t>(open_.value()) < limits_.pipes) {
    pipe = open_one();
  }
  if (pipe == nullptr) shortages_.add();
  return pipe;
}

std::unique_ptr<Pipe> PipePool::open_one() noexcept {
  const base::TimePoint now = base::Clock::now();
  if (now < next_try_) return nullptr;
  std::unique_ptr<Pipe> pipe = Pipe::open(limits_.pipe_bytes);
  if (pipe == nullptr || pipe->capacity_bytes() < kLeastBytes) {
    next_try_ = now + kRetry;
    return nullptr;
  }
  open_.add();
  return pipe;
}

void PipePool::give(std::unique_ptr<Pipe> pipe) noexcept {
  const bool is_kept = pipe->empty() && free_.size() < limits_.pipes;
  if (is_kept)
    free_.push_back(std::move(pipe));
  else
    open_.sub();
}

}  // namespace weir::proxy
