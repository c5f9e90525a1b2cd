#include "proxy/run_context.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/log_limiter.h"

#include <poll.h>

#include <new>

namespace weir::proxy {
namespace {

/// Others may give memory back meanwhile; sessions wait no longer than they must.
constexpr int kNapMilliseconds = 1;

}  // namespace

void run_context(boost::asio::io_context& context, const std::string& who,
                 const std::function<void()>& start, const std::function<void()>& run,
                 const std::function<void()>& recover) {
  base::log::Limiter lines;
  const std::function<void()>* first = &start;
  while (!context.stopped()) {
    try {
      if (first != nullptr) (*first)();
      first = nullptr;
      run();
    } catch (const std::bad_alloc&) {
      first = &recover;
      if (lines.allow(base::Clock::now()))
        base::log::error("{}: no memory for its loop; going on ({} more)", who,
                         lines.take_suppressed());
      ::poll(nullptr, 0, kNapMilliseconds);
    }
  }
}

}  // namespace weir::proxy
