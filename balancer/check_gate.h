#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <utility>

namespace weir::balancer {

/// How many checks run at a time, over all pools: thousands of backends must not cost thousands of
/// descriptors. Who finds it full is let in in order. Owned by the server, on the control thread.
class CheckGate {
 public:
  static constexpr std::size_t kMost = 256;

  /// Fewer than kMost, where descriptors are short; before the first enters.
  void set_most(std::size_t most) noexcept { most_ = most; }
  /// Calls `go` now or when there is room. It must leave() once.
  void enter(std::function<void()> go) {
    if (inside_ >= most_) return waiting_.push_back(std::move(go));
    ++inside_;
    go();
  }
  void leave() {
    if (waiting_.empty()) {
      --inside_;
      return;
    }
    const std::function<void()> go = std::move(waiting_.front());
    waiting_.pop_front();
    go();
  }

 private:
  std::size_t most_ = kMost;
  std::size_t inside_ = 0;
  std::deque<std::function<void()>> waiting_;
};

}  // namespace weir::balancer
