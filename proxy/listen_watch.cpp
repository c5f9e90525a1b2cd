#include "proxy/listen_watch.h"

#include "base/check.h"

#include <boost/asio/error.hpp>

namespace weir::proxy {

void ContextListenWatch::wait() {
  is_wanted_ = true;
  if (is_waiting_) return;
  descriptor_.async_wait(boost::asio::posix::descriptor_base::wait_read,
                         [this](const boost::system::error_code& error) {
                           is_waiting_ = false;
                           if (!is_wanted_) return;
                           if (error == boost::asio::error::operation_aborted) return wait();
                           WEIR_CHECK(!error);  // it has been registered: no wait on it fails
                           on_readable();
                         });
  is_waiting_ = true;
}

void ContextListenWatch::stop() noexcept {
  is_wanted_ = false;
  boost::system::error_code ignored;
  descriptor_.cancel(ignored);
}

void ContextListenWatch::leave() noexcept {
  is_wanted_ = false;
  if (descriptor_.is_open()) descriptor_.release();
}

EngineListenWatch::EngineListenWatch(Engine& engine, int socket)
    : engine_(engine), number_(engine.watch(socket, Engine::Trigger::level, *this, Work::accept)) {
  mute(true);
}

void EngineListenWatch::leave() noexcept {
  if (!has_left_) engine_.forget(number_);
  has_left_ = true;
}

void EngineListenWatch::readable() {
  if (!is_muted_) on_readable();
}

void EngineListenWatch::mute(bool on) noexcept {
  if (is_muted_ != on) engine_.mute(number_, on);
  is_muted_ = on;
}

}  // namespace weir::proxy
