#include "bench/load/pattern.h"

#include <algorithm>
#include <cstring>

namespace load {
namespace {

constexpr std::size_t kStepBytes = 8;  // messages start at multiples of this: 8,190 different ones

// splitmix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
std::uint64_t mix(std::uint64_t value) {
  value += 0x9e3779b97f4a7c15U;
  value = (value ^ (value >> 30U)) * 0xbf58476d1ce4e5b9U;
  value = (value ^ (value >> 27U)) * 0x94d049bb133111ebU;
  return value ^ (value >> 31U);
}

}  // namespace

Pattern::Pattern(std::size_t longest_message_bytes) {
  table_.resize(kPeriodBytes + std::max(longest_message_bytes, kPeriodBytes));
  for (std::size_t i = 0; i < table_.size(); ++i) {
    const std::size_t place = i % kPeriodBytes;
    table_[i] = static_cast<char>(mix(place / kStepBytes) >> (place % kStepBytes * 8));
  }
}

std::span<const char> Pattern::message(std::uint64_t connection, std::uint64_t sequence,
                                       std::size_t bytes) const {
  const std::uint64_t key = mix(connection << 40U ^ sequence);
  return std::span(table_).subspan(key % (kPeriodBytes / kStepBytes) * kStepBytes, bytes);
}

std::span<const char> Pattern::stream(std::uint64_t position) const {
  return std::span(table_).subspan(position % kPeriodBytes, kPeriodBytes);
}

bool Pattern::stream_matches(std::uint64_t position, std::span<const char> received) const {
  while (!received.empty()) {
    const auto expected = stream(position);
    const std::size_t bytes = std::min(expected.size(), received.size());
    if (std::memcmp(expected.data(), received.data(), bytes) != 0) return false;
    received = received.subspan(bytes);
    position += bytes;
  }
  return true;
}

}  // namespace load
