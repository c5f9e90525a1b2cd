#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace weir::admin {

/// What one client of the admin server may take up. Values of their own for tests only.
struct Limits {
  std::uint32_t header_bytes = 8 * 1024;  ///< request line and fields
  std::uint32_t body_bytes = 4 * 1024;    ///< of a change; nothing else may have a body
  std::size_t connections = 64;           ///< one more, and the longest idle one is closed

  /// Of an answer that the kernel holds for a client that does not read. Of /metrics, made in
  /// pieces, such a client has no more made for it than this; other answers are made whole.
  int send_buffer_bytes = 128 * 1024;

  std::chrono::milliseconds request_head = std::chrono::seconds(10);  ///< from accept or first byte
  std::chrono::milliseconds keep_alive = std::chrono::seconds(60);    ///< between two requests
  std::chrono::milliseconds answer =
      std::chrono::seconds(10);  ///< to be found; then for the client to take it
  /// After a refusal the rest of the request is read and thrown away for so long: closing a socket
  /// with unread input resets it, and the reset may overtake the answer.
  std::chrono::milliseconds linger = std::chrono::seconds(1);
  /// Pause after accept has failed for want of descriptors or memory.
  std::chrono::milliseconds accept_pause = std::chrono::milliseconds(100);
};

}  // namespace weir::admin
