#pragma once

#include <boost/asio/io_context.hpp>

#include <functional>
#include <string>

namespace weir::proxy {

/// Calls `start`, then `run`, which runs a thread's io_context until it is stopped. Want of memory
/// in a handler of the thread's own (a wait, a post, a timer) must cost time, not the sessions of
/// that thread: `recover`, called on this thread, takes up again what could not be armed, and is
/// called once more if it throws std::bad_alloc too. Any other exception is handed on. `who` names
/// the thread in the log.
void run_context(boost::asio::io_context& context, const std::string& who,
                 const std::function<void()>& start, const std::function<void()>& run,
                 const std::function<void()>& recover);

}  // namespace weir::proxy
