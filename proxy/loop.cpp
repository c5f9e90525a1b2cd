#include "proxy/loop.h"

#include "base/asio_epoll.h"

namespace weir::proxy {

Loop::Loop(boost::asio::io_context& context, const Mailbox& mailbox, Engine& engine)
    : context_(context), engine_(engine) {
  engine_.watch_loop(base::epoll_set_of(context), Engine::Trigger::level);
  engine_.watch_loop(mailbox.descriptor(), Engine::Trigger::edge);
}

void Loop::run() {
  bool may_have_handlers = true;
  for (;;) {
    if (may_have_handlers) may_have_handlers = run_handlers();
    if (context_.stopped()) return;  // asked last, before it may wait
    const auto wait = may_have_handlers ? Engine::Waiting::no : Engine::Waiting::yes;
    if (engine_.turn(wait) == Engine::Heard::loop) may_have_handlers = true;
  }
}

/// True when there may be more of them.
bool Loop::run_handlers() {
  for (int i = 0; i < kHandlersPerTurn; ++i)
    if (context_.poll_one() == 0) return false;
  return true;
}

}  // namespace weir::proxy
