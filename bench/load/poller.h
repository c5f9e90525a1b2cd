#pragma once

#include "bench/load/socket.h"

#include <sys/epoll.h>

#include <chrono>
#include <cstdint>
#include <span>
#include <vector>

namespace load {

// A level-triggered epoll set: forgiving, and its cost falls on the load's core, not on the
// proxy's.
class Poller {
 public:
  Poller();

  void add(int fd, std::uint32_t events, std::uint64_t data);
  void modify(int fd, std::uint32_t events, std::uint64_t data);
  void remove(int fd);
  // What is ready, valid until the next call; empty after the timeout.
  std::span<const epoll_event> wait(std::chrono::milliseconds timeout);

 private:
  void control(int operation, int fd, std::uint32_t events, std::uint64_t data);

  Descriptor epoll_;
  std::vector<epoll_event> events_;
};

}  // namespace load
