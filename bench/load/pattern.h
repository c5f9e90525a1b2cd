#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace load {

// The bytes that every mode sends and expects: a fixed pseudo-random table. A message is a slice of
// it chosen by connection and sequence number, so that bytes of another session or of an earlier
// message are noticed; a stream is the table's first period over and over. Immutable after
// construction; client and backend build the same one.
class Pattern {
 public:
  // A prime: whole pages or segments that go missing or come twice shift the stream.
  static constexpr std::size_t kPeriodBytes = 65'521;

  explicit Pattern(std::size_t longest_message_bytes);

  std::span<const char> message(std::uint64_t connection, std::uint64_t sequence,
                                std::size_t bytes) const;
  // Up to a period of the stream that starts at `position`.
  std::span<const char> stream(std::uint64_t position) const;
  bool stream_matches(std::uint64_t position, std::span<const char> received) const;

 private:
  std::vector<char> table_;
};

}  // namespace load
