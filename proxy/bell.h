#pragma once

#include "base/event.h"
#include "proxy/engine.h"

#include <functional>

namespace weir::proxy {

/// Has a reactor look at something that another thread has left for it. Costs no memory and never
/// fails; rings that come together are heard once. Owned by the reactor.
class Bell final : private Watched {
 public:
  /// Before the engine starts. `rung` is called on its thread, as that work, and may throw
  /// std::bad_alloc. Throws std::system_error when there is no descriptor left.
  Bell(Engine& engine, Work work, std::function<void()> rung);

  /// Any thread.
  void ring() noexcept { event_.signal(); }

 private:
  void readable() override { rung_(); }

  const std::function<void()> rung_;
  base::Event event_;
};

}  // namespace weir::proxy
