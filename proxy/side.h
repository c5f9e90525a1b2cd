#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace weir::proxy {

/// What one read or write brought.
struct Transfer {
  enum class Result : std::uint8_t {
    moved,        ///< `bytes` were moved, at least one
    would_block,  ///< nothing now; the engine tells when
    end,          ///< a read came to the end of the stream: a FIN, or what follows an error
    failed,       ///< the socket is gone; Side::error says why
  };
  Result result;
  std::size_t bytes = 0;
};

/// What the kernel knows of a connection's way.
struct TcpSummary {
  std::uint32_t rtt_us = 0;       ///< smoothed; 0: not known, as of a unix socket
  std::uint32_t retransmits = 0;  ///< segments sent again, since the begin
};

/// All that is shown of it.
struct TcpFacts : TcpSummary {
  std::uint32_t rtt_variance_us = 0;
  std::uint32_t congestion_window = 0;  ///< segments
  std::uint32_t unacked = 0;            ///< segments
};

/// One socket of a session, as its flows see it: a descriptor and what its edge-triggered
/// registration has told so far. A plain value without an owner's duties: the engine closes it.
///
///   readable  kernel may hold bytes     set by an event, cleared by EAGAIN or a short read
///   writable  kernel may take bytes     set by an event, cleared by EAGAIN or a short write
///
/// A short read proves the queue empty only while no hang-up was reported (data and FIN often come
/// in one event, which will not come again) and no urgent data (a read stops at its mark); and
/// never of a unix socket, where a read also stops behind a message that carried descriptors.
struct Side {
  int fd = -1;
  bool readable : 1 = false;
  bool writable : 1 = false;
  bool read_on : 1 = false;  ///< a hang-up or urgent data was reported: a short read proves nothing
  bool ended : 1 = false;    ///< a read gave the end or an error: nothing more will come
  bool fin_sent : 1 = false;       ///< shutdown_write() was called
  bool watched : 1 = false;        ///< registered with the engine
  bool cannot_splice : 1 = false;  ///< splice(2) would stop at an urgent byte, or is not supported
  bool is_unix : 1 = false;  ///< not TCP: resets become closes, and there is no send queue to ask
  std::uint16_t error = 0;   ///< errno that ended the socket; 0 while it is sound

  [[nodiscard]] bool failed() const noexcept { return error != 0; }

  /// recv(2) into `buffer`; updates readable, ended and error.
  Transfer read(std::span<std::byte> buffer) noexcept;
  /// send(2) without SIGPIPE; updates writable and error.
  Transfer write(std::span<const std::byte> bytes) noexcept;
  /// Sends FIN, once. An error shows itself at the next read or write.
  void shutdown_write() noexcept;

  /// Lets the kernel find out that the peer is gone, when nothing is sent for long.
  void keep_alive() noexcept;

  /// Takes in what epoll reported for this socket; asks SO_ERROR when an error was among it.
  void take_events(std::uint32_t events) noexcept;
  /// True when the peer has acknowledged all that was sent, or nobody can tell (unix, a dead
  /// socket).
  [[nodiscard]] bool send_queue_empty() const noexcept;
  /// Asks TCP_INFO (tcp(7)); none for a unix socket, and of a socket that is gone.
  [[nodiscard]] std::optional<TcpFacts> tcp_facts() const noexcept;
  /// Of that what a session's end is told with; zeros where there is none.
  [[nodiscard]] TcpSummary tcp_summary() const noexcept { return tcp_facts().value_or(TcpFacts{}); }
  /// Closes the descriptor: in order, or with a reset that throws away what is unsent.
  void close(bool with_reset) noexcept;
};

}  // namespace weir::proxy
