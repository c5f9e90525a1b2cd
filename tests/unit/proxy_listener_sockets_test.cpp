#include "base/listening_socket.h"
#include "proxy/listener_sockets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <utility>

namespace weir::proxy {
namespace {

using base::Descriptor;
using base::Endpoint;
using testing::AllOf;
using testing::HasSubstr;

config::ListenerConfig listener(const std::string& name, const Endpoint& bind) {
  config::ListenerConfig made;
  made.name = name;
  made.bind = bind;
  made.pool = "pool";
  return made;
}

/// A blocking socket that listens, as a service manager makes it.
Descriptor foreign(const Endpoint& endpoint) {
  Descriptor socket(::socket(endpoint.family(), SOCK_STREAM, 0));
  EXPECT_EQ(::bind(socket.get(), endpoint.data(), endpoint.size()), 0);
  EXPECT_EQ(::listen(socket.get(), 1), 0);
  return socket;
}

std::vector<base::PassedSocket> passed(const std::string& name, Descriptor socket) {
  std::vector<base::PassedSocket> sockets;
  sockets.push_back({name, std::move(socket)});
  return sockets;
}

int option(int fd, int level, int name) {
  int value = 0;
  socklen_t size = sizeof value;
  ::getsockopt(fd, level, name, &value, &size);
  return value;
}

const Endpoint kAnyPort = *Endpoint::parse("127.0.0.1:0");

TEST(ListenerSockets, TakeWhatWasPassedForTheListenerAndBindTheRest) {
  Descriptor socket = foreign(kAnyPort);
  const int fd = socket.get();
  const Endpoint bound = *Endpoint::of_socket(fd);
  ListenerSockets sockets;
  ASSERT_EQ(sockets.bind({listener("own", kAnyPort), listener("web", bound)}, 1,
                         passed("web", std::move(socket))),
            "");
  const auto& made = sockets.listeners();
  EXPECT_FALSE(made[0].is_passed);
  EXPECT_TRUE(made[1].is_passed);
  EXPECT_EQ(made[1].sockets.front().get(), fd);
  EXPECT_EQ(made[1].bound, bound);
  EXPECT_TRUE((::fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
  EXPECT_TRUE(option(fd, IPPROTO_TCP, TCP_NODELAY) != 0);
  EXPECT_TRUE(option(fd, SOL_SOCKET, SO_OOBINLINE) != 0);
}

TEST(ListenerSockets, LeaveTheFileOfAPassedUnixSocketToItsOwner) {
  const std::string path = testing::TempDir() + "passed-" + std::to_string(::getpid());
  const Endpoint endpoint = *Endpoint::parse("unix:" + path);
  {
    ListenerSockets sockets;
    ASSERT_EQ(sockets.bind({listener("web", endpoint)}, 2, passed("web", foreign(endpoint))), "");
  }
  EXPECT_TRUE(std::filesystem::exists(path));
  std::filesystem::remove(path);
}

TEST(ListenerSockets, RefuseAPassedSocketThatNobodyTakes) {
  ListenerSockets sockets;
  EXPECT_THAT(
      sockets.bind({listener("web", kAnyPort)}, 1, passed("weir.socket", foreign(kAnyPort))),
      AllOf(HasSubstr("weir.socket"), HasSubstr("FileDescriptorName="), HasSubstr("(web)")));
  EXPECT_FALSE(sockets.listeners().front().sockets.size() > 0) << "something is left listening";
}

TEST(ListenerSockets, RefuseAPassedSocketOfAnotherAddressOrKind) {
  ListenerSockets sockets;
  EXPECT_THAT(sockets.bind({listener("web", *Endpoint::parse("127.0.0.1:1"))}, 1,
                           passed("web", foreign(kAnyPort))),
              AllOf(HasSubstr("listener web"), HasSubstr("not to 127.0.0.1:1"),
                    HasSubstr("ListenStream=")));
  EXPECT_THAT(sockets.bind({listener("web", kAnyPort)}, 1,
                           passed("web", Descriptor(::socket(AF_INET, SOCK_STREAM, 0)))),
              HasSubstr("Accept=no"));
  EXPECT_THAT(sockets.bind({listener("web", kAnyPort)}, 1,
                           passed("web", Descriptor(::socket(AF_INET, SOCK_DGRAM, 0)))),
              HasSubstr("no listening stream socket"));
}

TEST(ListenerSockets, WantAsManyPassedSocketsAsTheListenerHas) {
  ListenerSockets sockets;
  EXPECT_THAT(sockets.bind({listener("web", kAnyPort)}, 2, passed("web", foreign(kAnyPort))),
              AllOf(HasSubstr("1 socket(s)"), HasSubstr("not 2"), HasSubstr("ReusePort=yes")));
  auto two = passed("web", foreign(kAnyPort));
  two.push_back({"web", foreign(kAnyPort)});
  EXPECT_THAT(sockets.bind({listener("web", kAnyPort)}, 1, std::move(two)),
              AllOf(HasSubstr("2 socket(s)"), HasSubstr("pass one")));
}

}  // namespace
}  // namespace weir::proxy
