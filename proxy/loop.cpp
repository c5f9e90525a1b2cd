#include "proxy/loop.h"

#include "base/asio_epoll.h"

namespace weir::proxy {

Loop::Loop(boost::asio::io_context& context, const Mailbox& mailbox, Engine& engine)
    : context_(context), engine_(engine) {
  engine_.watch(base::epoll_set_of(context), Engine::Trigger::level, *this, Work::command);
  engine_.watch(mailbox.descriptor(), Engine::Trigger::edge, *this, Work::command);
}

void Loop::run() {
  may_have_handlers_ = true;
  for (;;) {
    if (may_have_handlers_) run_handlers();
    if (is_stopped_) return;  // asked last, before it may wait
    engine_.turn(may_have_handlers_ ? Engine::Waiting::no : Engine::Waiting::yes);
  }
}

void Loop::run_handlers() {
  may_have_handlers_ = true;  // also when one throws
  for (int i = 0; i < kHandlersPerTurn; ++i) {
    engine_.begin(Work::command);
    if (context_.poll_one() == 0) {
      may_have_handlers_ = false;
      is_stopped_ = context_.stopped();
      return;
    }
  }
}

}  // namespace weir::proxy
