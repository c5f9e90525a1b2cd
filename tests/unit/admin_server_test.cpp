#include "admin/admin_server.h"

#include "admin/http_get.h"
#include "base/clock.h"
#include "base/descriptor.h"
#include "base/endpoint.h"
#include "base/listening_socket.h"
#include "base/socket_file.h"
#include "metrics/collector.h"
#include "metrics/process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace weir::admin {
namespace {

using std::chrono::milliseconds;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

base::Descriptor listening_on(const base::Endpoint& address) {
  return base::open_listening_socket(address, {});
}

constexpr std::size_t kMoreThanSocketsHold = 64 * 1024 * 1024;

[[nodiscard]] bool becomes_true(const std::function<bool()>& condition) {
  const base::TimePoint limit = base::Clock::now() + std::chrono::seconds(20);
  while (base::Clock::now() < limit) {
    if (condition()) return true;
    std::this_thread::yield();
  }
  return false;
}

std::ptrdiff_t open_descriptors() {
  const std::filesystem::directory_iterator entries("/proc/self/fd");
  return std::distance(begin(entries), end(entries));
}

/// Blocking, and patient enough for a sanitizer build.
class Client {
 public:
  explicit Client(const base::Endpoint& server)
      : socket_(::socket(server.family(), SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const timeval patience{20, 0};
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    EXPECT_EQ(::connect(socket_.get(), server.data(), server.size()), 0);
  }

  void send(std::string_view text) {
    EXPECT_EQ(::send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(text.size()));
  }
  void ask(const std::string& path, const std::string& method = "GET") {
    send(method + " " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
  }
  /// One answer with its body, or what came before the end.
  std::string answer() {
    while (!has_header() && receive_more()) {
    }
    while (has_header() && read_.size() < answer_size() && receive_more()) {
    }
    const std::size_t size = has_header() ? std::min(read_.size(), answer_size()) : read_.size();
    const std::string rest = read_.substr(size);
    read_.resize(size);
    return std::exchange(read_, rest);
  }
  /// An answer without the body that its header announces.
  std::string header() {
    while (!has_header() && receive_more()) {
    }
    return std::exchange(read_, "");
  }
  /// Everything until the server closes or resets.
  std::string rest() {
    while (receive_more()) {
    }
    return std::exchange(read_, "");
  }
  /// Whether the server has closed the connection already.
  bool is_closed() {
    char byte;
    const ssize_t size = ::recv(socket_.get(), &byte, 1, MSG_DONTWAIT | MSG_PEEK);
    return size == 0 || (size < 0 && errno != EAGAIN);
  }
  [[nodiscard]] bool has_input() const {
    char byte;
    return ::recv(socket_.get(), &byte, 1, MSG_DONTWAIT | MSG_PEEK) == 1;
  }
  void reset() {
    const linger now{1, 0};
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
    socket_.reset();
  }
  [[nodiscard]] int fd() const { return socket_.get(); }

 private:
  bool receive_more() {
    char buffer[4096];
    const ssize_t size = ::recv(socket_.get(), buffer, sizeof buffer, 0);
    EXPECT_FALSE(size < 0 && errno == EAGAIN) << "the server is silent";
    if (size > 0) read_.append(buffer, static_cast<std::size_t>(size));
    return size > 0;
  }
  [[nodiscard]] bool has_header() const { return read_.find("\r\n\r\n") != std::string::npos; }
  [[nodiscard]] std::size_t answer_size() const {
    const std::size_t header = read_.find("\r\n\r\n") + 4;
    const std::size_t chunked = read_.find("Transfer-Encoding: chunked");
    if (chunked < header) {
      const std::size_t last = read_.find("\r\n0\r\n\r\n", header - 2);
      return last == std::string::npos ? last : last + 7;
    }
    const std::size_t field = read_.find("Content-Length: ");
    const std::size_t body = field < header ? std::stoul(read_.substr(field + 16)) : 0;
    return header + body;
  }

  base::Descriptor socket_;
  std::string read_;
};

class AdminServerTest : public ::testing::Test {
 protected:
  AdminServerTest() {
    auto collector = std::make_shared<metrics::Collector>();
    collector->add(metrics::write_process);
    sources_.metrics = collector;
    sources_.ready = [] { return true; };
    answer_with([] { return json_answer("{}"); });
    sources_.routes.push_back(
        {"GET", "/", Access::page, {}, [](const Call&) { return Answer{}; }, {}});
    sources_.routes.push_back({"PUT",
                               "/change",
                               Access::change,
                               {},
                               [](const Call& call) { return json_answer(call.request.body); },
                               {}});
  }
  /// What /api/v1/status answers. Before start().
  void answer_with(std::function<Answer()> source) {
    sources_.routes = {{"GET",
                        "/api/v1/status",
                        Access::read,
                        {},
                        [source](const Call&) { return source(); },
                        {}}};
  }
  void start() {
    base::Descriptor socket = listening_on(bind_to_);
    ASSERT_TRUE(socket.is_open());
    address_ = base::Endpoint::of_socket(socket.get()).value();
    server_ = std::make_unique<AdminServer>(std::move(socket), sources_, rules_, limits_);
    server_->start();
  }
  [[nodiscard]] std::string ask(const std::string& path, const std::string& method = "GET") const {
    Client client(address_);
    client.ask(path, method);
    return client.answer();
  }

  base::Endpoint bind_to_ = base::Endpoint::parse("127.0.0.1:0").value();
  Sources sources_;
  Rules rules_;
  Limits limits_;
  base::Endpoint address_;
  std::unique_ptr<AdminServer> server_;
};

TEST_F(AdminServerTest, ServesMetricsHealthReadinessStatusAndIndex) {
  start();
  EXPECT_THAT(ask("/metrics"), AllOf(StartsWith("HTTP/1.1 200 OK\r\n"),
                                     HasSubstr("Content-Type: text/plain; version=0.0.4"),
                                     HasSubstr("\nweir_build_info{version=")));
  EXPECT_THAT(ask("/healthz"), AllOf(StartsWith("HTTP/1.1 200 OK\r\n"), HasSubstr("\r\n\r\nok\n")));
  EXPECT_THAT(ask("/readyz"), StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(ask("/api/v1/status"), HasSubstr("Content-Type: application/json\r\n"));
  EXPECT_THAT(ask("/"), StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST_F(AdminServerTest, SendsFieldsThatGuardABrowser) {
  start();
  EXPECT_THAT(ask("/"), AllOf(HasSubstr("Cache-Control: no-store\r\n"),
                              HasSubstr("X-Content-Type-Options: nosniff\r\n"),
                              HasSubstr("Content-Security-Policy: default-src 'none';")));
}

TEST_F(AdminServerTest, AnswersHeadWithoutABodyAndKeepsTheConnection) {
  start();
  Client client(address_);
  client.ask("/healthz", "HEAD");
  EXPECT_THAT(client.header(),
              AllOf(StartsWith("HTTP/1.1 200 OK\r\n"), HasSubstr("Content-Length: 3\r\n"),
                    ::testing::EndsWith("\r\n\r\n")));
  client.ask("/healthz");
  EXPECT_THAT(client.answer(), StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST_F(AdminServerTest, RefusesOtherMethodsAndUnknownPaths) {
  start();
  EXPECT_THAT(ask("/metrics", "DELETE"), AllOf(StartsWith("HTTP/1.1 405 Method Not Allowed\r\n"),
                                               HasSubstr("Allow: GET, HEAD\r\n")));
  EXPECT_THAT(ask("/metrics", "BREW"), StartsWith("HTTP/1.1 405 "));
  EXPECT_THAT(ask("/nowhere"), StartsWith("HTTP/1.1 404 Not Found\r\n"));
}

TEST_F(AdminServerTest, AnswersPipelinedRequestsInOrder) {
  start();
  Client client(address_);
  client.send(
      "GET /healthz HTTP/1.1\r\n\r\n"
      "GET /nowhere HTTP/1.1\r\n\r\n"
      "GET /readyz HTTP/1.1\r\n\r\n");
  EXPECT_THAT(client.answer(), StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(client.answer(), StartsWith("HTTP/1.1 404 Not Found\r\n"));
  EXPECT_THAT(client.answer(), ::testing::EndsWith("ready\n"));
}

TEST_F(AdminServerTest, ClosesWhenTheClientAsksForIt) {
  start();
  Client client(address_);
  client.send("GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(client.rest(), AllOf(HasSubstr("Connection: close\r\n"), HasSubstr("ok\n")));
  Client old(address_);
  old.send("GET /healthz HTTP/1.0\r\n\r\n");
  EXPECT_THAT(old.rest(), StartsWith("HTTP/1.0 200 OK\r\n"));
}

TEST_F(AdminServerTest, RefusesAnOversizedHeader) {
  start();
  Client client(address_);
  client.send("GET /healthz HTTP/1.1\r\nX-Long: " + std::string(2 * limits_.header_bytes, 'x'));
  EXPECT_THAT(client.rest(), StartsWith("HTTP/1.1 431 Request Header Fields Too Large\r\n"));
}

TEST_F(AdminServerTest, RefusesABody) {
  start();
  Client small(address_);
  small.send("GET /healthz HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello");
  EXPECT_THAT(small.rest(), StartsWith("HTTP/1.1 413 Payload Too Large\r\n"));
  Client large(address_);
  large.send("GET /healthz HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n");
  EXPECT_THAT(large.rest(), StartsWith("HTTP/1.1 413 "));
  Client chunked(address_);
  chunked.send("GET /healthz HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
  EXPECT_THAT(chunked.rest(), StartsWith("HTTP/1.1 413 "));
  Client empty(address_);
  empty.send("GET /healthz HTTP/1.1\r\nContent-Length: 0\r\n\r\n");
  EXPECT_THAT(empty.answer(), StartsWith("HTTP/1.1 200 "));
}

TEST_F(AdminServerTest, TakesTheBodyOfAChangeUpToItsLimit) {
  rules_.token = "a-token-that-nobody-guesses";
  start();
  const std::string head =
      "PUT /change HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer " + rules_.token + "\r\n";
  Client client(address_);
  client.send(head + "Content-Length: 2\r\n\r\n{}");
  EXPECT_THAT(client.answer(), HasSubstr("\r\n\r\n{}\n"));
  client.send(head + "Transfer-Encoding: chunked\r\n\r\n2\r\n[]\r\n0\r\n\r\n");
  EXPECT_THAT(client.answer(), HasSubstr("\r\n\r\n[]\n"));
  Client large(address_);
  large.send(head + "Content-Length: " + std::to_string(limits_.body_bytes + 1) + "\r\n\r\n");
  EXPECT_THAT(large.rest(), StartsWith("HTTP/1.1 413 "));
  Client endless(address_);
  endless.send(head + "Transfer-Encoding: chunked\r\n\r\nffff\r\n" +
               std::string(limits_.body_bytes + 1, 'x'));
  EXPECT_THAT(endless.rest(), StartsWith("HTTP/1.1 413 "));
}

TEST_F(AdminServerTest, AnswersLaterFromAnotherThread) {
  std::thread other;
  sources_.routes.push_back(
      {"GET", "/later", Access::read, {}, {}, [&](const Call&, const Reply& reply) {
         other = std::thread(
             [reply] { reply.post([reply] { reply([] { return json_answer("late"); }); }); });
       }});
  start();
  EXPECT_THAT(ask("/later"), HasSubstr("\r\n\r\nlate\n"));
  other.join();
}

TEST_F(AdminServerTest, GivesUpAnAnswerThatDoesNotComeAndOthersDoNotWaitForIt) {
  std::optional<Reply> reply;
  sources_.routes.push_back(
      {"GET", "/never", Access::read, {}, {}, [&](const Call&, const Reply& its) { reply = its; }});
  limits_.answer = milliseconds(100);
  start();
  Client client(address_);
  client.ask("/never");
  EXPECT_THAT(ask("/healthz"), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(client.answer(), StartsWith("HTTP/1.1 504 "));
  (*reply)([] { return json_answer("too late"); });
  client.ask("/healthz");
  EXPECT_THAT(client.answer(), ::testing::EndsWith("\r\n\r\nok\n"));
}

TEST_F(AdminServerTest, StopsWhileAnAnswerIsToCome) {
  std::optional<Reply> reply;
  sources_.routes.push_back(
      {"GET", "/never", Access::read, {}, {}, [&](const Call&, const Reply& its) { reply = its; }});
  limits_.answer = std::chrono::hours(1);
  start();
  Client client(address_);
  client.ask("/never");
  EXPECT_THAT(ask("/healthz"), StartsWith("HTTP/1.1 200 "));
  server_->stop();
  EXPECT_EQ(client.rest(), "");
  (*reply)([] { return json_answer("too late"); });
}

TEST_F(AdminServerTest, LooksOnceASecond) {
  std::atomic<int> looks{0};
  sources_.each_second = [&] { ++looks; };
  start();
  EXPECT_TRUE(becomes_true([&] { return looks == 3; }));
}

TEST_F(AdminServerTest, RefusesWhatIsNotHttp) {
  start();
  for (const char* text : {"hello\r\n\r\n", "GET /healthz HTTP/9.9\r\n\r\n", "\x16\x03\x01\x02\r\n",
                           "GET /healthz HTTP/1.1\r\nContent-Length: x\r\n\r\n"}) {
    Client client(address_);
    client.send(text);
    EXPECT_THAT(client.rest(), StartsWith("HTTP/1.1 400 Bad Request\r\n")) << text;
  }
}

TEST_F(AdminServerTest, AGoodClientGetsInAtTheConnectionLimit) {
  start();
  std::vector<std::unique_ptr<Client>> idle;
  for (std::size_t i = 0; i < limits_.connections; ++i) {
    idle.push_back(std::make_unique<Client>(address_));
  }
  idle.back()->ask("/healthz");  // so that all have been accepted
  EXPECT_THAT(idle.back()->answer(), StartsWith("HTTP/1.1 200 "));
  for (const auto& client : idle) ASSERT_FALSE(client->is_closed());

  EXPECT_THAT(ask("/healthz"), StartsWith("HTTP/1.1 200 "));
  EXPECT_EQ(idle.front()->rest(), "");  // the longest idle one made room, and only that one
  for (std::size_t i = 1; i < idle.size(); ++i) EXPECT_FALSE(idle[i]->is_closed()) << i;
}

TEST_F(AdminServerTest, WhoHasBeenAnsweredMakesRoomBeforeWhoIsBeingAnswered) {
  std::optional<Reply> reply;
  sources_.routes.push_back(
      {"GET", "/later", Access::read, {}, {}, [&](const Call&, const Reply& it) { reply = it; }});
  limits_.connections = 2;
  start();
  Client answering(address_);
  answering.ask("/later");
  Client answered(address_);
  answered.ask("/healthz");
  EXPECT_THAT(answered.answer(), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(ask("/healthz"), StartsWith("HTTP/1.1 200 "));
  EXPECT_EQ(answered.rest(), "");
  EXPECT_FALSE(answering.is_closed());
}

TEST_F(AdminServerTest, ClosesAConnectionThatSendsHalfARequest) {
  limits_.request_head = milliseconds(50);
  limits_.keep_alive = std::chrono::hours(1);
  start();
  Client fresh(address_);
  fresh.send("GET /healthz HT");
  EXPECT_EQ(fresh.rest(), "");
  Client kept(address_);
  kept.ask("/healthz");
  EXPECT_THAT(kept.answer(), StartsWith("HTTP/1.1 200 "));
  kept.send("GET ");
  EXPECT_EQ(kept.rest(), "");
}

TEST_F(AdminServerTest, ClosesASilentConnection) {
  limits_.request_head = milliseconds(50);
  start();
  Client client(address_);
  EXPECT_EQ(client.rest(), "");
}

TEST_F(AdminServerTest, ClosesAKeptConnectionAfterItsIdleTime) {
  limits_.keep_alive = milliseconds(50);
  limits_.request_head = std::chrono::hours(1);
  start();
  Client client(address_);
  client.ask("/healthz");
  EXPECT_THAT(client.answer(), StartsWith("HTTP/1.1 200 "));
  EXPECT_EQ(client.rest(), "");
}

TEST_F(AdminServerTest, GivesUpAClientThatDoesNotTakeItsAnswer) {
  answer_with([] { return json_answer(std::string(kMoreThanSocketsHold, 'x')); });
  limits_.answer = milliseconds(50);
  start();
  const auto before = open_descriptors();
  Client client(address_);
  client.ask("/api/v1/status");
  EXPECT_TRUE(becomes_true([&] { return client.has_input(); }));
  EXPECT_TRUE(becomes_true([&] { return open_descriptors() == before + 1; }));  // ours alone
  EXPECT_LT(client.rest().size(), kMoreThanSocketsHold);
}

TEST_F(AdminServerTest, AGoodClientGetsInWhileAnswersAreNotTaken) {
  answer_with([] { return json_answer(std::string(kMoreThanSocketsHold, 'x')); });
  limits_.connections = 1;
  start();
  Client client(address_);
  client.ask("/api/v1/status");
  EXPECT_THAT(ask("/healthz"), StartsWith("HTTP/1.1 200 "));
  EXPECT_LT(client.rest().size(), kMoreThanSocketsHold);
}

TEST_F(AdminServerTest, SurvivesASourceThatThrows) {
  answer_with([]() -> Answer { throw std::runtime_error("fault"); });
  start();
  EXPECT_THAT(ask("/api/v1/status"), StartsWith("HTTP/1.1 500 Internal Server Error\r\n"));
  EXPECT_THAT(ask("/healthz"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(AdminServerTest, SurvivesClientsThatResetAtAnyMoment) {
  start();
  for (int i = 0; i < 50; ++i) {
    Client silent(address_);
    silent.reset();
    Client asking(address_);
    asking.ask("/metrics");
    asking.reset();
  }
  EXPECT_THAT(ask("/healthz"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(AdminServerTest, MakesRoomWhenDescriptorsRunOut) {
  limits_.accept_pause = milliseconds(5);
  start();
  Client idle(address_);
  idle.ask("/healthz");
  EXPECT_THAT(idle.answer(), StartsWith("HTTP/1.1 200 "));
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit few{64, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
  std::vector<base::Descriptor> hoard;
  do {
    hoard.emplace_back(::dup(idle.fd()));
  } while (hoard.back().is_open());
  ASSERT_GT(hoard.size(), 1u);
  hoard.resize(hoard.size() - 2);  // the failed one, and one for the client: none for the server
  {
    Client good(address_);
    good.ask("/healthz");
    EXPECT_THAT(good.answer(), StartsWith("HTTP/1.1 200 "));
  }
  EXPECT_EQ(idle.rest(), "");
  hoard.clear();
  EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_THAT(ask("/healthz"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(AdminServerTest, StopClosesEveryConnection) {
  start();
  Client client(address_);
  client.ask("/healthz");
  EXPECT_THAT(client.answer(), StartsWith("HTTP/1.1 200 "));
  server_->stop();
  server_->stop();
  EXPECT_EQ(client.rest(), "");
  EXPECT_NE(http_get(address_, "/healthz").error, "");
}

TEST_F(AdminServerTest, ServesAUnixSocket) {
  std::string folder = ::testing::TempDir() + "weir_admin_XXXXXX";
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  bind_to_ = base::Endpoint::parse("unix:" + folder + "/admin").value();
  start();
  EXPECT_EQ(http_get(bind_to_, "/healthz").status, 200u);
  base::SocketFile(bind_to_).remove();
  ::rmdir(folder.c_str());
}

TEST_F(AdminServerTest, CanBeDestroyedWithoutHavingStarted) {
  const AdminServer server(listening_on(bind_to_), sources_, Rules{});
}

TEST_F(AdminServerTest, HttpGetTellsTheStatus) {
  sources_.ready = [] { return false; };
  start();
  EXPECT_EQ(http_get(address_, "/healthz").status, 200u);
  EXPECT_EQ(http_get(address_, "/readyz").status, 503u);
  EXPECT_EQ(http_get(address_, "/healthz").error, "");
}

TEST(AdminHttpGet, TellsThatNobodyListens) {
  base::Endpoint address;
  {
    const base::Descriptor socket = listening_on(base::Endpoint::parse("127.0.0.1:0").value());
    address = base::Endpoint::of_socket(socket.get()).value();
  }
  const HttpStatus result = http_get(address, "/healthz");
  EXPECT_EQ(result.status, 0u);
  EXPECT_EQ(result.error, address.to_string() + ": Connection refused");
}

TEST(AdminHttpGet, GivesUpAServerThatIsSilent) {
  const base::Descriptor socket = listening_on(base::Endpoint::parse("127.0.0.1:0").value());
  const base::Endpoint address = base::Endpoint::of_socket(socket.get()).value();
  const base::TimePoint before = base::Clock::now();
  const HttpStatus result = http_get(address, "/healthz", milliseconds(50));
  EXPECT_GE(base::Clock::now() - before, milliseconds(50));
  EXPECT_EQ(result.status, 0u);
  EXPECT_THAT(result.error, HasSubstr("timed out"));
}

}  // namespace
}  // namespace weir::admin
