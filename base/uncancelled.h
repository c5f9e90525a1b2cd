#pragma once

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include <cstddef>

/// The calls that every byte and every connection goes through, as the kernel has them. In glibc
/// these are cancellation points, and in a program with threads each pays two atomic exchanges to
/// let pthread_cancel() in, which weir never calls: 1 % of a round trip (docs/decisions/0008).
/// Results and errno are those of the manual pages. Under a sanitizer they are glibc's, which it
/// watches.
namespace weir::base::uncancelled {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)

inline ssize_t recv(int fd, void* buffer, std::size_t size) noexcept {
  return ::recv(fd, buffer, size, 0);
}
inline ssize_t send(int fd, const void* bytes, std::size_t size, int flags) noexcept {
  return ::send(fd, bytes, size, flags);
}
inline int accept4(int fd, sockaddr* address, socklen_t* size, int flags) noexcept {
  return ::accept4(fd, address, size, flags);
}
inline int connect(int fd, const sockaddr* address, socklen_t size) noexcept {
  return ::connect(fd, address, size);
}
inline int close(int fd) noexcept { return ::close(fd); }
inline int epoll_wait(int fd, epoll_event* events, int room, int milliseconds) noexcept {
  return ::epoll_wait(fd, events, room, milliseconds);
}

#else

inline ssize_t recv(int fd, void* buffer, std::size_t size) noexcept {
  return ::syscall(SYS_recvfrom, fd, buffer, size, 0, nullptr, nullptr);
}
inline ssize_t send(int fd, const void* bytes, std::size_t size, int flags) noexcept {
  return ::syscall(SYS_sendto, fd, bytes, size, flags, nullptr, 0);
}
inline int accept4(int fd, sockaddr* address, socklen_t* size, int flags) noexcept {
  return static_cast<int>(::syscall(SYS_accept4, fd, address, size, flags));
}
inline int connect(int fd, const sockaddr* address, socklen_t size) noexcept {
  return static_cast<int>(::syscall(SYS_connect, fd, address, size));
}
inline int close(int fd) noexcept { return static_cast<int>(::syscall(SYS_close, fd)); }
inline int epoll_wait(int fd, epoll_event* events, int room, int milliseconds) noexcept {
  return static_cast<int>(
      ::syscall(SYS_epoll_pwait, fd, events, room, milliseconds, nullptr, std::size_t{0}));
}

#endif

}  // namespace weir::base::uncancelled
