#include "proxy/pipe.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <new>
#include <utility>

namespace weir::proxy {
namespace {

constexpr unsigned kFlags = SPLICE_F_MOVE | SPLICE_F_NONBLOCK;  // never MORE: it may be the last

}  // namespace

std::unique_ptr<Pipe> Pipe::open(std::size_t wanted_bytes) noexcept {
  int ends[2];
  if (::pipe2(ends, O_NONBLOCK | O_CLOEXEC) != 0) return nullptr;
  base::Descriptor read_end(ends[0]);
  base::Descriptor write_end(ends[1]);
  int capacity = ::fcntl(ends[1], F_SETPIPE_SZ, static_cast<int>(wanted_bytes));
  if (capacity < 0) capacity = ::fcntl(ends[1], F_GETPIPE_SZ);  // beyond the user's limits
  if (capacity <= 0) return nullptr;
  try {
    return std::make_unique<Pipe>(std::move(read_end), std::move(write_end),
                                  static_cast<std::size_t>(capacity));
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

Pipe::Pipe(base::Descriptor read_end, base::Descriptor write_end,
           std::size_t capacity_bytes) noexcept
    : read_end_(std::move(read_end)),
      write_end_(std::move(write_end)),
      capacity_bytes_(capacity_bytes) {}

Transfer Pipe::fill(Side& source) noexcept {
  for (;;) {
    const ssize_t count =
        ::splice(source.fd, nullptr, write_end_.get(), nullptr, capacity_bytes_ - bytes_, kFlags);
    if (count > 0) {
      bytes_ += static_cast<std::size_t>(count);
      return {Transfer::Result::moved, static_cast<std::size_t>(count)};
    }
    if (count == 0) {
      if (!empty()) return {Transfer::Result::would_block};
      source.readable = false;
      source.ended = true;
      return {Transfer::Result::end};
    }
    switch (errno) {
      case EINTR: continue;
      case EAGAIN:
        if (empty()) source.readable = false;
        return {Transfer::Result::would_block};
      case ENOBUFS:
      case ENOMEM: return {Transfer::Result::would_block};  // no edge will come: still readable
      case EINVAL: source.cannot_splice = true; return {Transfer::Result::would_block};
      default: source.readable = false;
    }
    source.ended = true;
    if (source.error == 0) source.error = static_cast<std::uint16_t>(errno);
    return {Transfer::Result::failed};
  }
}

Transfer Pipe::drain(Side& sink) noexcept {
  for (;;) {
    const ssize_t count = ::splice(read_end_.get(), nullptr, sink.fd, nullptr, bytes_, kFlags);
    if (count > 0) {
      bytes_ -= static_cast<std::size_t>(count);
      return {Transfer::Result::moved, static_cast<std::size_t>(count)};
    }
    if (count < 0 && errno == EINTR) continue;
    if (count == 0 || errno == EAGAIN) {
      sink.writable = false;
      return {Transfer::Result::would_block};
    }
    if (errno == ENOBUFS || errno == ENOMEM) return {Transfer::Result::would_block};
    if (sink.error == 0) sink.error = static_cast<std::uint16_t>(errno);
    return {Transfer::Result::failed};
  }
}

}  // namespace weir::proxy
