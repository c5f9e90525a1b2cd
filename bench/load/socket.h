#pragma once

#include <sys/socket.h>

#include <string>
#include <utility>

namespace load {

// Owns one file descriptor.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    Descriptor old(std::exchange(fd_, std::exchange(other.fd_, -1)));
    return *this;
  }
  ~Descriptor() { reset(); }

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  void reset();

 private:
  int fd_ = -1;
};

// A loopback address and port. Anything beyond loopback is refused: this tool is no weapon.
class Endpoint {
 public:
  static Endpoint parse(
      const std::string& text);  // 127.0.0.1:80 or [::1]:80; throws std::invalid_argument

  const sockaddr* address() const { return reinterpret_cast<const sockaddr*>(&storage_); }
  socklen_t length() const { return length_; }
  int family() const { return storage_.ss_family; }

 private:
  sockaddr_storage storage_{};
  socklen_t length_ = 0;
};

// Non-blocking, listening, its accepted sockets with TCP_NODELAY (inherited). Throws
// std::system_error.
Descriptor listen_on(const Endpoint& endpoint);
std::string local_address(int fd);

struct Connecting {
  Descriptor fd;
  bool established = false;  // over loopback the handshake mostly ends inside connect()
};
// Starts a non-blocking connect with TCP_NODELAY. A source of 1 to 254 binds to 127.0.0.SOURCE, so
// that more connections than one address has ports can be open; 0 leaves the choice to the kernel.
// Throws std::system_error.
Connecting start_connect(const Endpoint& endpoint, unsigned source);
int pending_error(int fd);

// Raises the soft limit of descriptors to the hard one and throws std::runtime_error when `wanted`
// do not fit.
void require_descriptors(std::size_t wanted);

[[noreturn]] void throw_errno(const char* what);

}  // namespace load
