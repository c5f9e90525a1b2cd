#include "balancer/check_run.h"

#include "balancer/connect_error.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include <sys/socket.h>

#include <array>
#include <string_view>
#include <utility>

namespace weir::balancer {
namespace {

using boost::system::error_code;
using Stream = boost::asio::generic::stream_protocol;

constexpr std::string_view kRedisPing = "PING\r\n";
constexpr std::string_view kRedisPong = "+PONG\r\n";
/// A server that wants a password is there to ask for it.
constexpr std::string_view kRedisAuth = "-NOAUTH";
constexpr std::size_t kShownBytes = 40;

/// The first bytes of an answer, for a line of the log: what is no plain letter is escaped.
std::string escaped(std::string_view bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text = "\"";
  for (const char byte : bytes.substr(0, kShownBytes)) {
    const auto value = static_cast<unsigned char>(byte);
    if (value >= 0x20 && value < 0x7f && byte != '"' && byte != '\\')
      text += byte;
    else
      text.append({'\\', 'x', kDigits[value >> 4], kDigits[value & 15]});
  }
  return text + (bytes.size() > kShownBytes ? "...\"" : "\"");
}

}  // namespace

class CheckRun::Session : public std::enable_shared_from_this<CheckRun::Session> {
 public:
  Session(boost::asio::io_context& context, const config::CheckConfig& config, Done done)
      : config_(config), socket_(context), deadline_(context), done_(std::move(done)) {}

  void start(const base::Endpoint& endpoint) {
    deadline_.expires_after(config_.timeout);
    deadline_.async_wait([self = shared_from_this()](const error_code& cancelled) {
      if (!cancelled) self->fail("no answer in time");
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
    // Asio takes EAGAIN of a unix socket, whose queue is full, for a connect under way.
    sockaddr_storage peer;
    socklen_t size = sizeof peer;
    if (::getpeername(socket_.native_handle(), reinterpret_cast<sockaddr*>(&peer), &size) != 0)
      return fail("its queue of connections is full");
    if (config_.kind == config::CheckConfig::Kind::tcp) return pass("connected");
    boost::asio::async_write(socket_, boost::asio::buffer(kRedisPing),
                             [self = shared_from_this()](const error_code& error, std::size_t) {
                               if (error) return self->fail(error);
                               self->read();
                             });
  }

  void read() {
    socket_.async_read_some(
        boost::asio::buffer(buffer_),
        [self = shared_from_this()](const error_code& error, std::size_t count) {
          self->answer_.append(self->buffer_.data(), count);
          self->judge(error);
        });
  }

  void judge(const error_code& error) {
    const std::string_view answer = answer_;
    if (answer.starts_with(kRedisPong)) return pass("answered PING");
    if (answer.starts_with(kRedisAuth)) return pass("wants a password");
    const bool may_become_one = kRedisPong.starts_with(answer) || kRedisAuth.starts_with(answer);
    if (!may_become_one) return fail("answered PING with " + escaped(answer));
    if (error == boost::asio::error::eof) return fail("closed after " + escaped(answer));
    if (error) return fail(error);
    read();
  }

  void pass(std::string what) { finish(CheckVerdict::Result::passed, std::move(what)); }
  void fail(std::string what) { finish(CheckVerdict::Result::failed, std::move(what)); }
  void fail(const error_code& error) {
    const bool says_nothing = is_own_want(connect_error_of(error.value()));
    finish(says_nothing ? CheckVerdict::Result::unknown : CheckVerdict::Result::failed,
           error.message());
  }

  void finish(CheckVerdict::Result result, std::string what) {
    close();
    if (Done done = std::exchange(done_, nullptr))
      done({result, std::move(what), base::Clock::now() - began_});
  }

  void close() noexcept {
    error_code ignored;
    deadline_.cancel();
    socket_.set_option(boost::asio::socket_base::linger(true, 0), ignored);
    socket_.close(ignored);  // with a reset: only an explicit close honours the linger
  }

  const config::CheckConfig config_;
  Stream::socket socket_;
  boost::asio::steady_timer deadline_;
  Done done_;
  const base::TimePoint began_ = base::Clock::now();
  std::array<char, 512> buffer_;
  std::string answer_;
};

CheckRun::CheckRun(boost::asio::io_context& context, const config::CheckConfig& config,
                   const base::Endpoint& endpoint, Done done)
    : session_(std::make_shared<Session>(context, config, std::move(done))) {
  const base::Endpoint target =
      config.port == 0 || endpoint.is_unix() ? endpoint : endpoint.with_port(config.port);
  try {
    session_->start(target);
  } catch (...) {
    session_->cancel();
    throw;
  }
}

CheckRun::~CheckRun() { session_->cancel(); }

}  // namespace weir::balancer
