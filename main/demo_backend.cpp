#include "main/demo_backend.h"

#include "base/thread_setup.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

namespace weir {
namespace {

namespace http = boost::beast::http;
using boost::asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t kMaxHeaderBytes = 16 * 1024;
constexpr std::size_t kMaxBodyBytes = 64 * 1024;
constexpr std::chrono::seconds kTimeout{60};
constexpr std::chrono::milliseconds kAcceptRetry{100};

/// One client of a demo backend. Keeps itself alive through its pending operation.
class Visit : public std::enable_shared_from_this<Visit> {
 public:
  Visit(tcp::socket socket, const std::string& name) : stream_(std::move(socket)), name_(name) {}

  void read() {
    parser_.emplace();
    parser_->header_limit(kMaxHeaderBytes);
    parser_->body_limit(kMaxBodyBytes);
    stream_.expires_after(kTimeout);
    http::async_read(stream_, buffer_, *parser_,
                     [self = shared_from_this()](error_code error, std::size_t) {
                       if (!error) self->answer();
                     });
  }

 private:
  void answer() {
    const auto& request = parser_->get();
    response_ = {};
    response_.version(request.version());
    response_.result(http::status::ok);
    response_.set(http::field::content_type, "text/plain");
    response_.set(http::field::server, "weir demo");
    response_.body() = "hello from " + name_ + "\n";
    response_.keep_alive(request.keep_alive());
    response_.prepare_payload();
    if (request.method() == http::verb::head) response_.body().clear();
    http::async_write(stream_, response_,
                      [self = shared_from_this()](error_code error, std::size_t) {
                        if (!error && self->response_.keep_alive()) self->read();
                      });
  }

  boost::beast::tcp_stream stream_;
  const std::string& name_;
  boost::beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  http::response<http::string_body> response_;
};

}  // namespace

class DemoBackends::Backend {
 public:
  Backend(boost::asio::io_context& context, std::string name, const tcp::endpoint& address)
      : acceptor_(context, address), retry_(context), name_(std::move(name)) {}

  void accept() {
    acceptor_.async_accept([this](error_code error, tcp::socket socket) {
      if (error == boost::asio::error::operation_aborted) return;
      if (error) return accept_later();
      std::make_shared<Visit>(std::move(socket), name_)->read();
      accept();
    });
  }
  [[nodiscard]] tcp::endpoint address() const { return acceptor_.local_endpoint(); }

 private:
  /// Out of descriptors, most likely: trying again at once would spin.
  void accept_later() {
    retry_.expires_after(kAcceptRetry);
    retry_.async_wait([this](error_code cancelled) {
      if (!cancelled) accept();
    });
  }

  tcp::acceptor acceptor_;
  boost::asio::steady_timer retry_;
  std::string name_;
};

DemoBackends::DemoBackends() : context_(1) {}

DemoBackends::~DemoBackends() { stop(); }

base::Endpoint DemoBackends::add(const std::string& name, const base::Endpoint& address) {
  tcp::endpoint wanted;
  wanted.resize(address.size());
  std::memcpy(wanted.data(), address.data(), address.size());
  backends_.push_back(std::make_unique<Backend>(context_, name, wanted));
  return address.with_port(backends_.back()->address().port());
}

void DemoBackends::start() {
  const base::SignalsBlocked blocked;
  thread_ = std::thread([this] {
    base::set_up_thread("weir-demo");
    for (auto& backend : backends_) backend->accept();
    context_.run();
  });
}

void DemoBackends::stop() {
  context_.stop();
  if (thread_.joinable()) thread_.join();
}

}  // namespace weir
