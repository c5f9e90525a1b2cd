#include "base/notify_socket.h"

#include <gtest/gtest.h>

#include <unistd.h>

#include <cstddef>
#include <cstring>
#include <filesystem>
#include <vector>

namespace weir::base {
namespace {

constexpr pid_t kSelf = 4711;

/// The socket of a service manager.
class Manager {
 public:
  /// '@' stands for the zero that an abstract name begins with.
  explicit Manager(const std::string& path) : socket_(::socket(AF_UNIX, SOCK_DGRAM, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    if (path.front() == '@') address.sun_path[0] = '\0';
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
    EXPECT_EQ(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), size), 0);
  }
  /// The next message; empty when none waits.
  std::string next() {
    char text[1024];
    const ssize_t size = ::recv(socket_.get(), text, sizeof text, MSG_DONTWAIT);
    return size < 0 ? std::string{} : std::string(text, static_cast<std::size_t>(size));
  }

 private:
  Descriptor socket_;
};

std::string unique(const std::string& prefix) { return prefix + std::to_string(::getpid()); }

TEST(NotifySocket, HearsDatagramsAtAPathAndAtAnAbstractName) {
  const std::string path = testing::TempDir() + unique("notify-");
  for (const std::string& name : {path, unique("@weir-test-notify-")}) {
    Manager manager(name);
    const NotifySocket told({{"NOTIFY_SOCKET", name}}, kSelf);
    ASSERT_TRUE(told.listens()) << name;
    told.tell("READY=1\nSTATUS=serving");
    told.tell("STOPPING=1");
    EXPECT_EQ(manager.next(), "READY=1\nSTATUS=serving") << name;
    EXPECT_EQ(manager.next(), "STOPPING=1") << name;
  }
  std::filesystem::remove(path);
}

TEST(NotifySocket, IsNotThereWithoutASocketOfAKnownKind) {
  for (const char* name : {"", "/", "vsock:2:1234", "relative/path"})
    EXPECT_FALSE(NotifySocket({{"NOTIFY_SOCKET", name}}, kSelf).listens()) << name;
  EXPECT_FALSE(NotifySocket({{"NOTIFY_SOCKET", std::string(200, '/')}}, kSelf).listens());
  EXPECT_FALSE(NotifySocket({}, kSelf).listens());
  NotifySocket({}, kSelf).tell("READY=1");
}

TEST(NotifySocket, ThatIsGoneOrDoesNotReadHoldsUpNobody) {
  const NotifySocket gone({{"NOTIFY_SOCKET", "/nonexistent/notify"}}, kSelf);
  gone.tell("READY=1");
  const std::string name = unique("@weir-test-full-");
  Manager manager(name);
  const NotifySocket told({{"NOTIFY_SOCKET", name}}, kSelf);
  const auto start = std::chrono::steady_clock::now();
  std::vector<std::string> heard;
  for (int i = 0; i < 1000; ++i) {
    told.tell("WATCHDOG=1");
    if (std::chrono::steady_clock::now() - start >= NotifySocket::kPatience) break;
  }
  EXPECT_GE(std::chrono::steady_clock::now() - start, NotifySocket::kPatience) << "never full";
  while (!manager.next().empty()) heard.emplace_back();
  EXPECT_LT(heard.size(), 1000U);
}

TEST(NotifySocket, WantsAWatchdogOfThisProcessOnly) {
  const std::string name = unique("@weir-test-watchdog-");
  const auto watchdog = [&](const std::string& usec, const std::string& pid) {
    return NotifySocket({{"NOTIFY_SOCKET", name}, {"WATCHDOG_USEC", usec}, {"WATCHDOG_PID", pid}},
                        kSelf)
        .watchdog();
  };
  EXPECT_EQ(watchdog("10000000", "4711"), std::chrono::seconds(10));
  EXPECT_EQ(watchdog("10000000", ""), std::chrono::seconds(10));
  EXPECT_EQ(watchdog("10000000", "4712"), std::chrono::seconds(0));
  EXPECT_EQ(watchdog("soon", "4711"), std::chrono::seconds(0));
}

}  // namespace
}  // namespace weir::base
