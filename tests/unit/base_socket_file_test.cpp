#include "base/descriptor.h"
#include "base/socket_file.h"

#include <gtest/gtest.h>

#include <sys/socket.h>

#include <filesystem>
#include <fstream>

namespace weir::base {
namespace {

class SocketFileTest : public ::testing::Test {
 protected:
  SocketFileTest() {
    char pattern[] = "/tmp/weir-socket-XXXXXX";
    folder_ = ::mkdtemp(pattern);
    endpoint_ = *Endpoint::parse("unix:" + folder_ + "/s");
  }
  ~SocketFileTest() override { std::filesystem::remove_all(folder_); }
  Descriptor listening() const {
    Descriptor socket(::socket(AF_UNIX, SOCK_STREAM, 0));
    EXPECT_EQ(::bind(socket.get(), endpoint_.data(), endpoint_.size()), 0);
    EXPECT_EQ(::listen(socket.get(), 1), 0);
    return socket;
  }
  bool exists() const { return std::filesystem::exists(endpoint_.unix_path()); }

  std::string folder_;
  Endpoint endpoint_;
};

TEST_F(SocketFileTest, RemovesWhatADeadProcessLeftBehind) {
  listening().reset();
  ASSERT_TRUE(exists());
  remove_stale_socket_file(endpoint_);
  EXPECT_FALSE(exists());
}

TEST_F(SocketFileTest, KeepsASocketThatSomebodyListensOn) {
  const Descriptor socket = listening();
  remove_stale_socket_file(endpoint_);
  EXPECT_TRUE(exists());
}

TEST_F(SocketFileTest, NeverRemovesAFileOfAnotherKind) {
  std::ofstream(endpoint_.unix_path()) << "precious";
  remove_stale_socket_file(endpoint_);
  EXPECT_TRUE(exists());
}

}  // namespace
}  // namespace weir::base
