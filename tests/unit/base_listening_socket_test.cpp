#include "base/listening_socket.h"
#include "base/socket_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/socket.h>
#include <sys/stat.h>

#include <cerrno>
#include <filesystem>

namespace weir::base {
namespace {

using PortShare = ListeningOptions::PortShare;
using testing::HasSubstr;

const Endpoint kAnyPort = *Endpoint::parse("127.0.0.1:0");

TEST(ListeningSocket, SaysThatAPortIsTaken) {
  const Descriptor first = open_listening_socket(kAnyPort, {});
  const Endpoint taken = *Endpoint::of_socket(first.get());
  const Descriptor second = open_listening_socket(taken, {});
  const int error = errno;
  EXPECT_FALSE(second.is_open());
  const std::string text = listening_failure(taken, error, "bind, --listen");
  EXPECT_THAT(text,
              HasSubstr("cannot listen on " + taken.to_string() + ": Address already in use"));
  EXPECT_THAT(text, HasSubstr("end the program that has it"));
  EXPECT_THAT(text, HasSubstr("(bind, --listen)"));
}

TEST(ListeningSocket, SharesAPortWithItsOwnSocketsOnly) {
  const Descriptor first = open_listening_socket(kAnyPort, {8, {}, PortShare::first});
  const Endpoint bound = *Endpoint::of_socket(first.get());
  const Descriptor second = open_listening_socket(bound, {8, {}, PortShare::further});
  EXPECT_TRUE(second.is_open());
  // Another process begins with a first socket too.
  EXPECT_FALSE(open_listening_socket(bound, {8, {}, PortShare::first}).is_open());
  EXPECT_EQ(errno, EADDRINUSE);
}

TEST(ListeningSocket, BothSocketsOfAPortGetConnections) {
  const Descriptor first = open_listening_socket(kAnyPort, {64, {}, PortShare::first});
  const Endpoint bound = *Endpoint::of_socket(first.get());
  const Descriptor second = open_listening_socket(bound, {64, {}, PortShare::further});
  std::vector<Descriptor> clients;
  for (int i = 0; i < 40; ++i) {
    clients.emplace_back(::socket(AF_INET, SOCK_STREAM, 0));
    ASSERT_EQ(::connect(clients.back().get(), bound.data(), bound.size()), 0);
  }
  const auto accepted = [](const Descriptor& listening) {
    int count = 0;
    for (Descriptor one(::accept4(listening.get(), nullptr, nullptr, 0)); one;
         one = Descriptor(::accept4(listening.get(), nullptr, nullptr, 0)))
      ++count;
    return count;
  };
  const int by_first = accepted(first);
  EXPECT_GT(by_first, 0);
  EXPECT_EQ(by_first + accepted(second), 40);
}

TEST(ListeningSocket, TheWildcardOfIp6TakesIp4Too) {
  const Descriptor socket = open_listening_socket(*Endpoint::parse("[::]:0"), {});
  if (!socket) GTEST_SKIP() << "no IPv6 here";
  const Endpoint bound = *Endpoint::of_socket(socket.get());
  const Endpoint by_ip4 = *Endpoint::parse("127.0.0.1:" + std::to_string(bound.port()));
  const Descriptor client(::socket(AF_INET, SOCK_STREAM, 0));
  EXPECT_EQ(::connect(client.get(), by_ip4.data(), by_ip4.size()), 0);
}

class ListeningFile : public ::testing::Test {
 protected:
  ListeningFile() {
    char pattern[] = "/tmp/weir-listen-XXXXXX";
    folder_ = ::mkdtemp(pattern);
    endpoint_ = *Endpoint::parse("unix:" + folder_ + "/s");
  }
  ~ListeningFile() override { std::filesystem::remove_all(folder_); }
  bool exists() const { return std::filesystem::exists(endpoint_.unix_path()); }

  std::string folder_;
  Endpoint endpoint_;
};

TEST_F(ListeningFile, HasTheModeThatWasAskedForAndGoesWithItsOwner) {
  const Descriptor socket = open_listening_socket(endpoint_, {8, mode_t{0620}, PortShare::none});
  ASSERT_TRUE(socket.is_open());
  struct stat file {};
  ASSERT_EQ(::stat(endpoint_.unix_path().c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777U, 0620U);
  {
    SocketFile owner(endpoint_);
    const SocketFile new_owner(std::move(owner));
    EXPECT_TRUE(exists());
  }
  EXPECT_FALSE(exists());
}

TEST_F(ListeningFile, ReplacesAStaleFileAndNotOneThatIsInUse) {
  Descriptor socket = open_listening_socket(endpoint_, {});
  EXPECT_FALSE(open_listening_socket(endpoint_, {}).is_open());
  socket.reset();
  ASSERT_TRUE(exists());
  EXPECT_TRUE(open_listening_socket(endpoint_, {}).is_open());
}

}  // namespace
}  // namespace weir::base
