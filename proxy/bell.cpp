#include "proxy/bell.h"

#include <utility>

namespace weir::proxy {

Bell::Bell(Engine& engine, Work work, std::function<void()> rung) : rung_(std::move(rung)) {
  engine.watch(event_.descriptor(), Engine::Trigger::edge, *this, work);
}

}  // namespace weir::proxy
