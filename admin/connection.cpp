#include "admin/connection.h"

#include "base/clock.h"
#include "base/log.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace weir::admin {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;

constexpr auto use_result = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kReadBytes = 4096;
constexpr std::size_t kLingerBytes = 256 * 1024;
/// The page loads its own files and asks its own server, and is framed by nobody.
constexpr const char* kContentSecurityPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

using Parser = http::request_parser<http::string_body>;
using Message = Parser::value_type;

/// The refusal that a failed read of a head deserves; none when there is nobody left to tell.
std::optional<Answer> refusal_of(error_code error) {
  static const auto& http_category = make_error_code(http::error::end_of_stream).category();
  if (error == http::error::header_limit || error == http::error::buffer_overflow) {
    return refuse(431, "The request's header is too large.");
  }
  if (error == http::error::body_limit) return refuse(413, "The request's body is too large.");
  if (error == http::error::end_of_stream || error == http::error::partial_message) return {};
  if (error.category() == http_category) return refuse(400, "This is not HTTP.");
  return {};
}

std::vector<std::string> values_of(const Message& head, http::field name) {
  std::vector<std::string> values;
  const auto [first, last] = head.equal_range(name);
  for (auto field = first; field != last; ++field) values.emplace_back(field->value());
  return values;
}

Request to_request(Message& message) {
  Request request;
  request.method = std::string(message.method_string());
  request.target = std::string(message.target());
  request.hosts = values_of(message, http::field::host);
  request.origins = values_of(message, http::field::origin);
  request.authorizations = values_of(message, http::field::authorization);
  request.content_type = std::string(message[http::field::content_type]);
  request.if_none_match = std::string(message[http::field::if_none_match]);
  request.body = std::move(message.body());
  return request;
}

template <typename Response>
void set_fields(Response& response, const Answer& answer, bool keep_alive) {
  response.set(http::field::content_type, answer.content_type);
  response.set(http::field::cache_control, answer.etag.empty() ? "no-store" : "no-cache");
  if (!answer.etag.empty()) response.set(http::field::etag, answer.etag);
  response.set("X-Content-Type-Options", "nosniff");
  response.set("Content-Security-Policy", kContentSecurityPolicy);
  response.set("Referrer-Policy", "no-referrer");
  if (!answer.allow.empty()) response.set(http::field::allow, answer.allow);
  if (!answer.authenticate.empty())
    response.set(http::field::www_authenticate, answer.authenticate);
  if (!answer.pieces)
    response.content_length(answer.body.size());
  else if (response.version() == 11)
    response.chunked(true);
  response.keep_alive(keep_alive);
}

/// Over TCP or a unix socket alike. Every wait has the stream's timeout; after each the connection
/// may have been closed to make room for another, which an empty place_ tells.
class HttpConnection final : public Connection {
 public:
  using Protocol = asio::generic::stream_protocol;
  using Executor = asio::io_context::executor_type;
  using Socket = asio::basic_stream_socket<Protocol, Executor>;

  HttpConnection(Socket socket, Router& router, const Limits& limits, ConnectionList& list)
      : stream_(std::move(socket)),
        buffer_(limits.header_bytes + kReadBytes),
        router_(router),
        limits_(limits),
        list_(list),
        place_(list.add(*this)) {}
  ~HttpConnection() { close(); }

  asio::awaitable<void> run();
  void close() noexcept override;

 private:
  enum class Next { next_request, end };
  /// An answer that comes later, and perhaps when nobody wants it any more.
  struct Awaited {
    explicit Awaited(const Executor& executor) : came(executor) {}
    Reply::Maker maker;
    asio::basic_waitable_timer<base::Clock, asio::wait_traits<base::Clock>, Executor> came;
  };

  asio::awaitable<bool> wait_for_next_request();
  asio::awaitable<Next> serve_one_request();
  asio::awaitable<error_code> read_body(Parser& parser);
  asio::awaitable<Answer> ask(Request request);
  asio::awaitable<Next> write(Answer answer, const Message& head, bool keep_alive);
  asio::awaitable<error_code> write_pieces(std::function<std::string()> next, bool chunked);
  asio::awaitable<void> discard_input();

  beast::basic_stream<Protocol, Executor> stream_;
  beast::flat_buffer buffer_;  ///< bytes read and not yet part of a request
  Router& router_;
  const Limits& limits_;
  ConnectionList& list_;
  std::optional<ConnectionList::Place> place_;  ///< empty once closed
  std::shared_ptr<Awaited> awaited_;            ///< while an answer is to come
};

asio::awaitable<void> HttpConnection::run() {
  Next next = co_await serve_one_request();
  while (next == Next::next_request) {
    const bool has_come = co_await wait_for_next_request();
    if (!has_come) break;
    next = co_await serve_one_request();
  }
}

/// Waits for the first byte, so that the time for a request's head runs from there.
asio::awaitable<bool> HttpConnection::wait_for_next_request() {
  if (buffer_.size() > 0) co_return true;
  stream_.expires_after(limits_.keep_alive);
  const auto result = co_await stream_.async_read_some(buffer_.prepare(kReadBytes), use_result);
  const auto& [error, size] = result;
  buffer_.commit(size);
  co_return !error;
}

asio::awaitable<HttpConnection::Next> HttpConnection::serve_one_request() {
  Parser parser;
  parser.header_limit(limits_.header_bytes);
  parser.body_limit(limits_.body_bytes);
  stream_.expires_after(limits_.request_head);
  const auto result = co_await http::async_read_header(stream_, buffer_, parser, use_result);
  error_code error = std::get<0>(result);
  std::optional<Answer> refusal;
  if (!error && !parser.is_done()) {
    const Message& head = parser.get();
    refusal = router_.refusal_of_body(head.method_string(), head.target());
    if (!refusal) error = co_await read_body(parser);
  }
  if (!place_) co_return Next::end;  // closed meanwhile
  if (error) refusal = refusal_of(error);
  if (error && !refusal) co_return Next::end;
  list_.note_progress(*place_, true);
  if (!refusal) {
    Request request = to_request(parser.get());
    Answer answer = co_await ask(std::move(request));
    if (!place_) co_return Next::end;
    const Next next = co_await write(std::move(answer), parser.get(), parser.get().keep_alive());
    co_return next;
  }
  const Next next = co_await write(std::move(*refusal), parser.get(), false);
  co_await discard_input();
  co_return next;
}

/// In what is left of the time for the head.
asio::awaitable<error_code> HttpConnection::read_body(Parser& parser) {
  const auto result = co_await http::async_read(stream_, buffer_, parser, use_result);
  co_return std::get<0>(result);
}

asio::awaitable<Answer> HttpConnection::ask(Request request) {
  const Executor executor = stream_.get_executor();
  const auto awaited = std::make_shared<Awaited>(executor);
  const Reply reply([executor](Reply::Work work) { asio::post(executor, std::move(work)); },
                    [executor, awaited](Reply::Maker maker) {
                      asio::post(executor, [awaited, maker = std::move(maker)]() mutable {
                        awaited->maker = std::move(maker);
                        awaited->came.cancel();
                      });
                    });
  std::optional<Answer> at_once = router_.answer(request, reply);
  if (at_once) co_return *std::move(at_once);
  awaited->came.expires_after(limits_.answer);
  awaited_ = awaited;
  co_await awaited->came.async_wait(use_result);
  awaited_.reset();
  if (!awaited->maker) co_return refuse(504, "No answer has come in time. It may still be done.");
  co_return router_.make(request, awaited->maker);
}

asio::awaitable<HttpConnection::Next> HttpConnection::write(Answer answer, const Message& head,
                                                            bool keep_alive) {
  const unsigned version = head.version() == 10 ? 10 : 11;
  const auto status = static_cast<http::status>(answer.status);
  const bool is_head = head.method() == http::verb::head;
  if (answer.pieces && version == 10) keep_alive = false;  // its end is that of the connection
  stream_.expires_after(limits_.answer);
  error_code error;
  if (is_head || answer.pieces) {
    http::response<http::empty_body> response(status, version);
    set_fields(response, answer, keep_alive);
    http::response_serializer<http::empty_body> serializer(response);
    const auto result = co_await http::async_write_header(stream_, serializer, use_result);
    error = std::get<0>(result);
    const bool has_body = !error && !is_head;
    if (has_body) error = co_await write_pieces(std::move(answer.pieces), version == 11);
  } else {
    http::response<http::string_body> response(status, version);
    set_fields(response, answer, keep_alive);
    response.body() = std::move(answer.body);
    const auto result = co_await http::async_write(stream_, response, use_result);
    error = std::get<0>(result);
  }
  if (error || !place_) co_return Next::end;
  list_.note_progress(*place_, false);
  co_return keep_alive ? Next::next_request : Next::end;
}

/// Before each piece is made, whoever else is ready has a turn. The time for the answer runs over
/// all of them.
asio::awaitable<error_code> HttpConnection::write_pieces(std::function<std::string()> next,
                                                         bool chunked) {
  for (;;) {
    co_await asio::post(stream_.get_executor(), asio::use_awaitable);
    if (!place_) co_return asio::error::operation_aborted;
    list_.note_progress(*place_, true);  // it has taken the piece before
    const std::string piece = next();
    const auto bytes = asio::buffer(piece);
    if (piece.empty() && !chunked) co_return error_code{};
    if (piece.empty()) {
      const auto last = co_await asio::async_write(stream_, http::make_chunk_last(), use_result);
      co_return std::get<0>(last);
    }
    error_code error;
    if (chunked) {
      const auto result = co_await asio::async_write(stream_, http::make_chunk(bytes), use_result);
      error = std::get<0>(result);
    } else {
      const auto result = co_await asio::async_write(stream_, bytes, use_result);
      error = std::get<0>(result);
    }
    if (error) co_return error;
  }
}

asio::awaitable<void> HttpConnection::discard_input() {
  error_code ignored;
  stream_.socket().shutdown(Socket::shutdown_send, ignored);
  stream_.expires_after(limits_.linger);
  for (std::size_t discarded = 0; discarded < kLingerBytes;) {
    buffer_.clear();
    const auto result = co_await stream_.async_read_some(buffer_.prepare(kReadBytes), use_result);
    const auto& [error, size] = result;
    if (error) co_return;
    discarded += size;
  }
}

void HttpConnection::close() noexcept {
  if (!place_) return;
  list_.remove(*place_);
  place_.reset();
  if (awaited_) awaited_->came.cancel();
  stream_.close();
}

}  // namespace

void Connection::start(asio::io_context& context, base::Descriptor socket, int address_family,
                       Router& router, const Limits& limits, ConnectionList& list) {
  HttpConnection::Socket owner(context);
  owner.assign(HttpConnection::Protocol(address_family, 0), socket.get());
  [[maybe_unused]] const int assigned = socket.release();
  error_code ignored;
  owner.set_option(asio::socket_base::send_buffer_size(limits.send_buffer_bytes), ignored);
  const auto connection = std::make_shared<HttpConnection>(std::move(owner), router, limits, list);
  asio::co_spawn(context, connection->run(), [connection](std::exception_ptr fault) {
    connection->close();
    if (fault) base::log::error("admin: a connection ended with an exception");
  });
}

}  // namespace weir::admin
