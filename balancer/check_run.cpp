#include "balancer/check_run.h"

#include "balancer/connect_error.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include <sys/socket.h>

#include <array>
#include <optional>
#include <utility>

namespace weir::balancer {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using Stream = asio::generic::stream_protocol;

constexpr std::size_t kReadBytes = 4096;

std::string host_of(const base::Endpoint& endpoint) {
  return endpoint.is_unix() ? "localhost" : endpoint.to_string();
}

}  // namespace

class CheckRun::Session : public std::enable_shared_from_this<CheckRun::Session> {
 public:
  Session(asio::io_context& context, std::shared_ptr<const CheckPlan> plan, std::string host,
          Done done)
      : plan_(std::move(plan)),
        conversation_(make_conversation(plan_->config, plan_->patterns, std::move(host))),
        socket_(context),
        deadline_(context),
        done_(std::move(done)) {}

  void start(const base::Endpoint& endpoint) {
    deadline_.expires_after(plan_->config.timeout);
    deadline_.async_wait([self = shared_from_this()](const error_code& cancelled) {
      if (cancelled) return;
      self->close();  // first: if there is no memory for the words, what is under way ends it
      self->fail(self->said("no answer in time"));
    });
    socket_.async_connect(Stream::endpoint(endpoint.data(), endpoint.size()),
                          [self = shared_from_this()](const error_code& error) {
                            if (error) return self->fail(error);
                            self->connected();
                          });
  }

  void cancel() noexcept {
    done_ = nullptr;
    close();
  }

 private:
  void connected() {
    if (!done_) return;
    // Asio takes EAGAIN of a unix socket, whose queue is full, for a connect under way.
    sockaddr_storage peer;
    socklen_t size = sizeof peer;
    if (::getpeername(socket_.native_handle(), reinterpret_cast<sockaddr*>(&peer), &size) != 0)
      return fail("its queue of connections is full");
    if (!plan_->has_tls()) return go_on();
    tls_.emplace(socket_, *plan_->tls);
    std::string name = plan_->config.server_name;
    if (!name.empty())  // SSL_set_tlsext_host_name(), a macro of old-style casts
      ::SSL_ctrl(tls_->native_handle(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                 name.data());
    tls_->async_handshake(asio::ssl::stream_base::client,
                          [self = shared_from_this()](const error_code& error) {
                            if (error) return self->fail(error, "TLS: ");
                            self->go_on();
                          });
  }

  void go_on() {
    if (!done_) return;
    Conversation::Step step = conversation_->next(heard_, ended_);
    switch (step.kind) {
      case Conversation::Step::Kind::say: return say(std::move(step.text));
      case Conversation::Step::Kind::hear: return hear();
      case Conversation::Step::Kind::passed:
        return finish(CheckVerdict::Result::passed, std::move(step.text));
      case Conversation::Step::Kind::failed: return fail(std::move(step.text));
    }
  }

  void say(std::string text) {
    saying_ = std::move(text);
    const auto then = [self = shared_from_this()](const error_code& error, std::size_t) {
      if (error) return self->fail(error);
      self->go_on();
    };
    if (tls_)
      asio::async_write(*tls_, asio::buffer(saying_), then);
    else
      asio::async_write(socket_, asio::buffer(saying_), then);
  }

  void hear() {
    if (heard_.size() >= Conversation::kMostBytes) return fail(said("no end of its answer"));
    const auto then = [self = shared_from_this()](const error_code& error, std::size_t count) {
      self->heard_.append(self->buffer_.data(), count);
      self->ended_ = error == asio::error::eof || error == asio::ssl::error::stream_truncated;
      if (error && !self->ended_) return self->fail(error);
      self->go_on();
    };
    if (tls_)
      tls_->async_read_some(asio::buffer(buffer_), then);
    else
      socket_.async_read_some(asio::buffer(buffer_), then);
  }

  /// That, and what has come of an answer.
  [[nodiscard]] std::string said(std::string what) const {
    return heard_.empty() ? what : what + ", only " + escaped(heard_);
  }

  void fail(std::string what) { finish(CheckVerdict::Result::failed, std::move(what)); }
  void fail(const error_code& error, const std::string& where = {}) {
    const bool says_nothing = error.category() == boost::system::system_category() &&
                              is_own_want(connect_error_of(error.value()));
    finish(says_nothing ? CheckVerdict::Result::unknown : CheckVerdict::Result::failed,
           where + error.message());
  }

  void finish(CheckVerdict::Result result, std::string what) {
    close();
    if (Done done = std::exchange(done_, nullptr))
      done({result, std::move(what), base::Clock::now() - began_});
  }

  void close() noexcept {
    error_code ignored;
    deadline_.cancel();
    socket_.set_option(asio::socket_base::linger(true, 0), ignored);
    socket_.close(ignored);  // with a reset: only an explicit close honours the linger
  }

  const std::shared_ptr<const CheckPlan> plan_;
  const std::unique_ptr<Conversation> conversation_;
  Stream::socket socket_;
  std::optional<asio::ssl::stream<Stream::socket&>> tls_;
  asio::steady_timer deadline_;
  Done done_;
  const base::TimePoint began_ = base::Clock::now();
  std::array<char, kReadBytes> buffer_;
  std::string saying_;
  std::string heard_;
  bool ended_ = false;
};

CheckRun::CheckRun(asio::io_context& context, std::shared_ptr<const CheckPlan> plan,
                   const base::Endpoint& endpoint, Done done) {
  const std::uint32_t port = plan->config.port;
  const base::Endpoint target = port == 0 || endpoint.is_unix()
                                    ? endpoint
                                    : endpoint.with_port(static_cast<std::uint16_t>(port));
  session_ = std::make_shared<Session>(context, std::move(plan), host_of(target), std::move(done));
  try {
    session_->start(target);
  } catch (...) {
    session_->cancel();
    throw;
  }
}

CheckRun::~CheckRun() { session_->cancel(); }

}  // namespace weir::balancer
