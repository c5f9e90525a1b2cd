#pragma once

#include <atomic>
#include <cstdint>

namespace weir::metrics {

/// A count with one writing thread and any number of readers. add() is a plain load and store (no
/// locked instruction), which prometheus-cpp's own Counter, a compare-exchange loop on a double, is
/// not. Readers may see it a moment late, never torn. Owned by the probes of one reactor. Inlined
/// by force, for g++ thinks three instructions too many to repeat and spends ten on each call.
class Counter {
 public:
  [[gnu::always_inline]] void add(std::uint64_t amount = 1) noexcept {
    value_.store(value_.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t value() const noexcept {
    return value_.load(std::memory_order_relaxed);
  }

 private:
  std::atomic<std::uint64_t> value_{0};
};

/// A level with one writing thread that goes up and down: sessions in flight, bytes held.
class Gauge {
 public:
  void add(std::int64_t amount = 1) noexcept { set(value() + amount); }
  void sub(std::int64_t amount = 1) noexcept { set(value() - amount); }
  void set(std::int64_t value) noexcept { value_.store(value, std::memory_order_relaxed); }
  [[nodiscard]] std::int64_t value() const noexcept {
    return value_.load(std::memory_order_relaxed);
  }

 private:
  std::atomic<std::int64_t> value_{0};
};

}  // namespace weir::metrics
