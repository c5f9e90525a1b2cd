#include "base/passed_sockets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>

namespace weir::base {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::ThrowsMessage;

constexpr pid_t kSelf = 4711;
constexpr int kFirst = 500;  // where nothing else of the test program is

std::map<std::string, std::string> announced(const std::string& count, const std::string& names) {
  return {{"LISTEN_PID", "4711"}, {"LISTEN_FDS", count}, {"LISTEN_FDNAMES", names}};
}

/// Descriptors from kFirst on, as a service manager leaves them: open across exec.
void leave_descriptors(int count) {
  const Descriptor socket(::socket(AF_INET, SOCK_STREAM, 0));
  for (int fd = kFirst; fd < kFirst + count; ++fd) ASSERT_EQ(::dup2(socket.get(), fd), fd);
}

TEST(PassedSockets, AreNamedInOrderAndClosedOnExec) {
  leave_descriptors(3);
  const auto sockets = take_passed_sockets(announced("3", "web:redis:web"), kSelf, kFirst);
  ASSERT_EQ(sockets.size(), 3U);
  EXPECT_EQ(sockets[0].name, "web");
  EXPECT_EQ(sockets[1].name, "redis");
  EXPECT_EQ(sockets[2].name, "web");
  EXPECT_EQ(sockets[2].descriptor.get(), kFirst + 2);
  EXPECT_EQ(::fcntl(kFirst, F_GETFD), FD_CLOEXEC);
}

TEST(PassedSockets, OfAnotherProcessOrNobodyAreNone) {
  EXPECT_THAT(take_passed_sockets({}, kSelf, kFirst), IsEmpty());
  EXPECT_THAT(take_passed_sockets({{"LISTEN_FDS", "1"}}, kSelf, kFirst), IsEmpty());
  EXPECT_THAT(take_passed_sockets(announced("1", "web"), kSelf + 1, kFirst), IsEmpty());
}

TEST(PassedSockets, MayBeWithoutNames) {
  leave_descriptors(1);
  const auto sockets = take_passed_sockets(announced("1", ""), kSelf, kFirst);
  ASSERT_EQ(sockets.size(), 1U);
  EXPECT_EQ(sockets[0].name, "");
}

TEST(PassedSockets, ThatMakeNoSenseAreRefusedWithARemedy) {
  for (const char* count : {"many", "-1", "1x", "100000"})
    EXPECT_THAT([&] { take_passed_sockets(announced(count, "web"), kSelf, kFirst); },
                ThrowsMessage<std::runtime_error>(HasSubstr("unset it")))
        << count;
  EXPECT_THAT([] { take_passed_sockets(announced("1", "web"), kSelf, kFirst + 100); },
              ThrowsMessage<std::runtime_error>(HasSubstr("Bad file descriptor")));
}

}  // namespace
}  // namespace weir::base
