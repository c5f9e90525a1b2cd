#include "balancer/http_conversation.h"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>

#include <utility>

namespace weir::balancer {

namespace http = boost::beast::http;

HttpConversation::HttpConversation(const config::CheckConfig& config, std::string host)
    : config_(config), host_(config.host.empty() ? std::move(host) : config.host) {}

Conversation::Step HttpConversation::next(std::string_view heard, bool ended) {
  using Kind = Step::Kind;
  if (!std::exchange(asked_, true))
    return {Kind::say, config_.method + " " + config_.path + " HTTP/1.1\r\nHost: " + host_ +
                           "\r\nUser-Agent: weir\r\nConnection: close\r\n\r\n"};

  unsigned status = 0;
  do {  // past interim answers
    http::response_parser<http::empty_body> parser;
    parser.header_limit(static_cast<std::uint32_t>(kMostBytes));
    parser.skip(true);  // the body
    boost::system::error_code error;
    const std::string_view fresh = heard.substr(used_);
    const std::size_t used = fresh.empty() ? 0 : parser.put(boost::asio::buffer(fresh), error);
    if (error && error != http::error::need_more)
      return {Kind::failed, "answered with " + escaped(fresh) + ", which is not HTTP"};
    if (!parser.is_header_done()) {
      if (!ended) return {Kind::hear};
      return {Kind::failed, "closed after " + escaped(fresh)};
    }
    status = parser.get().result_int();
    if (status < 200) used_ += used;
  } while (status < 200 && status != 101);
  const bool is_expected = status >= config_.least_status && status <= config_.most_status;
  return {is_expected ? Kind::passed : Kind::failed,
          "answered with status " + std::to_string(status)};
}

}  // namespace weir::balancer
