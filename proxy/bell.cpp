#include "proxy/bell.h"

#include <utility>

namespace weir::proxy {

Bell::Bell(Engine& engine, std::function<void()> rung) : rung_(std::move(rung)) {
  engine.watch(event_.descriptor(), Engine::Trigger::edge, *this);
}

}  // namespace weir::proxy
