#include "proxy/flow.h"

#include <algorithm>
#include <cstring>

namespace weir::proxy {

Flow::Step Flow::step(Side& source, Side& sink, FlowResources& resources) {
  const std::uint64_t moved_before = moved_bytes_;
  if (has_unsent()) {
    if (!sink.writable) return Step::wait;
    const bool all_sent = send_unsent(sink, resources);
    if (!all_sent) return sink.writable && !sink.failed() ? Step::later : Step::wait;
  }
  while (source.readable && !sink.failed()) {
    const std::uint64_t moved = moved_bytes_ - moved_before;
    if (moved >= kBudgetBytes) return Step::again;
    const std::size_t wanted =
        std::min<std::size_t>(resources.scratch.size(), kBudgetBytes - moved);
    const Transfer got = source.read(resources.scratch.first(wanted));
    if (got.result != Transfer::Result::moved) return source.readable ? Step::later : Step::wait;
    const auto bytes = std::span<const std::byte>(resources.scratch).first(got.bytes);
    const Transfer sent = sink.write(bytes);
    if (sent.result == Transfer::Result::failed) return Step::wait;
    moved_bytes_ += sent.bytes;
    resources.relayed_bytes.add(sent.bytes);
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
  resources.relayed_bytes.add(sent.bytes);
  if (sent.bytes < rest.size()) {
    unsent_begin_ += static_cast<std::uint32_t>(sent.bytes);
    return false;
  }
  discard(resources.buffer_bytes);
  return true;
}

void Flow::keep(std::span<const std::byte> rest, metrics::Gauge& buffer_bytes) {
  unsent_ = std::make_unique_for_overwrite<std::byte[]>(rest.size());
  std::memcpy(unsent_.get(), rest.data(), rest.size());
  unsent_begin_ = 0;
  unsent_end_ = static_cast<std::uint32_t>(rest.size());
  buffer_bytes.add(unsent_end_);
}

void Flow::discard(metrics::Gauge& buffer_bytes) noexcept {
  if (unsent_ == nullptr) return;
  buffer_bytes.sub(unsent_end_);  // what was allocated: never shrunk while it is being sent
  unsent_.reset();
  unsent_begin_ = unsent_end_ = 0;
}

}  // namespace weir::proxy
