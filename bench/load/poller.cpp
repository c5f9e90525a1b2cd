#include "bench/load/poller.h"

#include <cerrno>

namespace load {
namespace {

constexpr std::size_t kEventsPerTurn = 512;

}  // namespace

Poller::Poller() : epoll_(epoll_create1(EPOLL_CLOEXEC)), events_(kEventsPerTurn) {
  if (!epoll_) throw_errno("epoll_create1");
}

void Poller::control(int operation, int fd, std::uint32_t events, std::uint64_t data) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = data;
  if (epoll_ctl(epoll_.get(), operation, fd, &event) != 0) throw_errno("epoll_ctl");
}

void Poller::add(int fd, std::uint32_t events, std::uint64_t data) {
  control(EPOLL_CTL_ADD, fd, events, data);
}

void Poller::modify(int fd, std::uint32_t events, std::uint64_t data) {
  control(EPOLL_CTL_MOD, fd, events, data);
}

void Poller::remove(int fd) { control(EPOLL_CTL_DEL, fd, 0, 0); }

std::span<const epoll_event> Poller::wait(std::chrono::milliseconds timeout) {
  const int ready = epoll_wait(epoll_.get(), events_.data(), static_cast<int>(events_.size()),
                               static_cast<int>(timeout.count()));
  if (ready < 0 && errno != EINTR) throw_errno("epoll_wait");
  return std::span(events_).first(ready < 0 ? 0 : static_cast<std::size_t>(ready));
}

}  // namespace load
