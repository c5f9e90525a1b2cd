#include "proxy/flow.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace weir::proxy {

Flow::Step Flow::step(Side& source, Side& sink, FlowResources& resources) {
  if (pipe_) return splice(source, sink, resources);
  std::size_t moved = 0;
  if (has_unsent()) {
    if (!sink.writable) return Step::wait;
    const std::size_t unsent = unsent_bytes();
    const bool all_sent = send_unsent(sink, resources);
    if (!all_sent) return sink.writable && !sink.failed() ? Step::later : Step::wait;
    moved = unsent;
  }
  if (take_pipe(source, resources)) return splice(source, sink, resources);
  return copy(source, sink, resources, moved);
}

// Copying

Flow::Step Flow::copy(Side& source, Side& sink, FlowResources& resources, std::size_t moved) {
  while (source.readable && !sink.failed()) {
    if (moved >= kCopyBudgetBytes) return Step::again;
    const std::size_t wanted = std::min(resources.scratch.size(), kCopyBudgetBytes - moved);
    const Transfer got = source.read(resources.scratch.first(wanted));
    if (got.result != Transfer::Result::moved) return source.readable ? Step::later : Step::wait;
    if (got.bytes == resources.scratch.size()) is_bulk_ = true;
    const auto bytes = std::span<const std::byte>(resources.scratch).first(got.bytes);
    const Transfer sent = sink.write(bytes);
    if (sent.result == Transfer::Result::failed) return Step::wait;
    moved += sent.bytes;
    moved_bytes_ += sent.bytes;
    resources.copied_bytes.add(sent.bytes);
    if (sent.bytes < bytes.size()) {
      keep(bytes.subspan(sent.bytes), resources.buffer_bytes);
      return sink.writable ? Step::later : Step::wait;
    }
  }
  return Step::wait;
}

bool Flow::send_unsent(Side& sink, FlowResources& resources) {
  const std::span<const std::byte> rest(unsent_.get() + unsent_begin_, unsent_bytes());
  const Transfer sent = sink.write(rest);
  if (sent.result != Transfer::Result::moved) return false;
  moved_bytes_ += sent.bytes;
  resources.copied_bytes.add(sent.bytes);
  if (sent.bytes < rest.size()) {
    unsent_begin_ += static_cast<std::uint32_t>(sent.bytes);
    return false;
  }
  drop_unsent(resources.buffer_bytes);
  return true;
}

void Flow::keep(std::span<const std::byte> rest, metrics::Gauge& buffer_bytes) {
  unsent_ = std::make_unique_for_overwrite<std::byte[]>(rest.size());
  std::memcpy(unsent_.get(), rest.data(), rest.size());
  unsent_begin_ = 0;
  unsent_end_ = static_cast<std::uint32_t>(rest.size());
  buffer_bytes.add(unsent_end_);
}

void Flow::drop_unsent(metrics::Gauge& buffer_bytes) noexcept {
  if (unsent_ == nullptr) return;
  buffer_bytes.sub(unsent_end_);  // what was allocated: never shrunk while it is being sent
  unsent_.reset();
  unsent_begin_ = unsent_end_ = 0;
}

// Splicing

bool Flow::take_pipe(const Side& source, FlowResources& resources) noexcept {
  if (resources.mode == config::RelayMode::copy) return false;
  if (!is_bulk_ && resources.mode != config::RelayMode::splice) return false;
  if (!source.readable || source.cannot_splice) return false;
  pipe_ = resources.pipes.take();
  return pipe_ != nullptr;
}

Flow::Step Flow::splice(Side& source, Side& sink, FlowResources& resources) {
  std::size_t filled = 0;
  std::size_t moved = 0;
  for (;;) {
    while (source.readable && !source.cannot_splice && !pipe_->full()) {
      const Transfer got = pipe_->fill(source);
      filled += got.bytes;
      if (got.result != Transfer::Result::moved) break;
    }
    if (pipe_->empty()) return drained(filled, source, sink, resources);
    if (!sink.writable) return Step::wait;
    const Transfer sent = pipe_->drain(sink);
    if (sent.result != Transfer::Result::moved)
      return sink.writable && !sink.failed() ? Step::later : Step::wait;
    moved += sent.bytes;
    moved_bytes_ += sent.bytes;
    resources.spliced_bytes.add(sent.bytes);
    if (moved < kSpliceBudgetBytes) continue;
    if (pipe_->empty()) resources.pipes.give(std::move(pipe_));  // others may have none meanwhile
    return Step::again;
  }
}

/// The pipe is empty, and the source has no more for it now.
Flow::Step Flow::drained(std::size_t filled, Side& source, Side& sink, FlowResources& resources) {
  resources.pipes.give(std::move(pipe_));
  if (filled > 0 && filled < kThinBytes) is_bulk_ = false;
  if (!source.readable) return Step::wait;
  return source.cannot_splice ? copy(source, sink, resources, filled) : Step::later;
}

// Leaving

void Flow::discard(FlowResources& resources) noexcept {
  drop_unsent(resources.buffer_bytes);
  if (pipe_) resources.pipes.give(std::move(pipe_));
}

void Flow::left(FlowResources& resources) const noexcept {
  if (unsent_) resources.buffer_bytes.sub(unsent_end_);
  if (pipe_) resources.pipes.left();
}

void Flow::joined(FlowResources& resources) const noexcept {
  if (unsent_) resources.buffer_bytes.add(unsent_end_);
  if (pipe_) resources.pipes.joined();
}

}  // namespace weir::proxy
