#pragma once

#include "base/check.h"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace weir::balancer {

/// Number of a backend, process-wide: what sessions hold and reactors index their arrays by.
/// It outlives the pool snapshots that name it.
using SlotNumber = std::uint32_t;

/// An array indexed by slot that grows without moving: one for each reactor and kind of count. The
/// control thread grows it before it publishes a slot's number; from then on any thread may read
/// the slot, and the owning reactor writes it.
template <typename T>
class SlotArray {
 public:
  static constexpr std::size_t kChunkSlots = 64;
  static constexpr std::size_t kMaxSlots = 65'536;

  SlotArray() = default;
  SlotArray(const SlotArray&) = delete;
  SlotArray& operator=(const SlotArray&) = delete;
  ~SlotArray() {
    for (auto& chunk : chunks_) delete chunk.load(std::memory_order_relaxed);
  }

  /// Makes slots 0 to count - 1 usable. Control thread only.
  void grow_to(std::size_t count) {
    WEIR_CHECK(count <= kMaxSlots);
    for (std::size_t first = 0; first < count; first += kChunkSlots) {
      std::atomic<Chunk*>& chunk = chunks_[first / kChunkSlots];
      if (chunk.load(std::memory_order_relaxed) == nullptr)
        chunk.store(std::make_unique<Chunk>().release(), std::memory_order_release);
    }
  }

  T& operator[](SlotNumber slot) noexcept { return *find(slot); }
  const T& operator[](SlotNumber slot) const noexcept { return *find(slot); }

 private:
  using Chunk = std::array<T, kChunkSlots>;

  T* find(SlotNumber slot) const noexcept {
    Chunk* const chunk = chunks_[slot / kChunkSlots].load(std::memory_order_acquire);
    return &(*chunk)[slot % kChunkSlots];
  }

  std::array<std::atomic<Chunk*>, kMaxSlots / kChunkSlots> chunks_{};
};

}  // namespace weir::balancer
