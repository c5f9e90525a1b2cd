#pragma once

#include "base/check.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <vector>

namespace weir::proxy {

/// Objects with small numbers for names, in chunks that never move. A number is reused after its
/// object has gone, but never with the same generation soon, so a late event finds nothing rather
/// than a stranger. Grows by chunks, does not shrink. Lives on one thread.
template <typename T>
class Slab {
 public:
  static constexpr std::size_t kChunkObjects = 64;

  /// Makes an object and sets its `index` and `generation`. Throws std::bad_alloc, changing
  /// nothing.
  T& create() {
    if (free_.empty()) grow();
    const std::uint32_t index = free_.back();
    Slot& slot = slot_at(index);
    slot.object.emplace();
    free_.pop_back();
    slot.object->index = index;
    slot.object->generation = slot.generation;
    ++size_;
    return *slot.object;
  }

  void destroy(T& object) noexcept {
    Slot& slot = slot_at(object.index);
    WEIR_CHECK(slot.object.has_value() && &*slot.object == &object);
    const std::uint32_t index = object.index;
    slot.object.reset();
    slot.generation = (slot.generation + 1) & kGenerationMask;
    free_.push_back(index);  // never allocates: grow() reserved room for every slot
    --size_;
  }

  /// The object of that number, null if it has gone or is another generation.
  T* find(std::uint32_t index, std::uint32_t generation) noexcept {
    if (index >= capacity()) return nullptr;
    Slot& slot = slot_at(index);
    return slot.object.has_value() && slot.generation == generation ? &*slot.object : nullptr;
  }
  /// The object of that number, whatever its generation; null if there is none.
  T* at(std::uint32_t index) noexcept {
    return index < capacity() && slot_at(index).object ? &*slot_at(index).object : nullptr;
  }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  /// Numbers are below this.
  [[nodiscard]] std::uint32_t capacity() const noexcept {
    return static_cast<std::uint32_t>(chunks_.size() * kChunkObjects);
  }

  /// Generations have 31 bits: epoll's 64 bits of data also carry the index and the side.
  static constexpr std::uint32_t kGenerationMask = 0x7fffffff;

 private:
  struct Slot {
    std::optional<T> object;
    std::uint32_t generation = 0;
  };
  using Chunk = std::array<Slot, kChunkObjects>;

  Slot& slot_at(std::uint32_t index) noexcept {
    return (*chunks_[index / kChunkObjects])[index % kChunkObjects];
  }

  void grow() {
    const std::uint32_t first = capacity();
    free_.reserve(first + kChunkObjects);
    chunks_.push_back(std::make_unique<Chunk>());
    for (std::uint32_t i = kChunkObjects; i > 0; --i) free_.push_back(first + i - 1);
  }

  std::vector<std::unique_ptr<Chunk>> chunks_;
  std::vector<std::uint32_t> free_;
  std::size_t size_ = 0;
};

}  // namespace weir::proxy
