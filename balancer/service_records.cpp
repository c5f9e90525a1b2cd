#include "balancer/service_records.h"

#include "config/config.h"

#include <ares.h>

#include <algorithm>
#include <memory>
#include <new>
#include <optional>
#include <set>

namespace weir::balancer {
namespace {

using config::kLargestWeight;
using config::kLowestPriority;
constexpr int kHeaderBytes = 12;
constexpr int kAfterQuestionName = 4;  // type, class
constexpr int kAfterRecordName = 10;   // type, class, TTL, length

unsigned number16(const unsigned char* at) noexcept { return at[0] * 256U + at[1]; }
std::uint32_t number32(const unsigned char* at) noexcept {
  return number16(at) * 65536U + number16(at + 2);
}

/// Bytes that a name takes at that place; none when it does not end inside the message.
std::optional<int> name_bytes(const unsigned char* bytes, int size, int at) {
  char* name = nullptr;
  long taken = 0;
  const int status = ::ares_expand_name(bytes + at, bytes, size, &name, &taken);
  if (status == ARES_ENOMEM) throw std::bad_alloc();
  if (status != ARES_SUCCESS) return {};
  ::ares_free_string(name);
  return static_cast<int>(taken);
}

/// c-ares reads the records, but not how long they may be kept.
std::chrono::seconds least_ttl(const unsigned char* bytes, int size) {
  if (size < kHeaderBytes) return {};
  int at = kHeaderBytes;
  for (unsigned i = 0; i < number16(bytes + 4); ++i) {
    const auto name = name_bytes(bytes, size, at);
    if (!name) return {};
    at += *name + kAfterQuestionName;
    if (at > size) return {};
  }
  auto least = std::chrono::seconds::max();
  for (unsigned i = 0; i < number16(bytes + 6); ++i) {
    const auto name = name_bytes(bytes, size, at);
    if (!name || at + *name + kAfterRecordName > size) return {};
    const unsigned char* const record = bytes + at + *name;
    least = std::min(least, std::chrono::seconds(number32(record + 4)));
    at += *name + kAfterRecordName + static_cast<int>(number16(record + 8));
    if (at > size) return {};
  }
  return least == std::chrono::seconds::max() ? std::chrono::seconds(0) : least;
}

unsigned scaled_weight(unsigned weight, unsigned largest) noexcept {
  if (largest > kLargestWeight) weight = weight * kLargestWeight / largest;
  return std::max(weight, 1U);
}

}  // namespace

ServiceRecords ServiceRecords::parse(const unsigned char* bytes, int size) {
  ServiceRecords records;
  ares_srv_reply* list = nullptr;
  const int status = ::ares_parse_srv_reply(bytes, size, &list);
  const auto free_list = [](ares_srv_reply* reply) { ::ares_free_data(reply); };
  const std::unique_ptr<ares_srv_reply, decltype(free_list)> owner(list, free_list);
  if (status == ARES_ENOMEM) throw std::bad_alloc();
  if (status != ARES_SUCCESS) {
    records.error = ::ares_strerror(status);
    return records;
  }
  unsigned largest = 0;
  std::set<unsigned> priorities;
  for (const ares_srv_reply* reply = list; reply != nullptr; reply = reply->next) {
    largest = std::max<unsigned>(largest, reply->weight);
    priorities.insert(reply->priority);
  }
  for (const ares_srv_reply* reply = list; reply != nullptr; reply = reply->next) {
    const std::string host = reply->host;
    if (host.empty() || host == "." || reply->port == 0) continue;  // "." says: no such service
    const auto rank =
        static_cast<unsigned>(std::distance(priorities.begin(), priorities.find(reply->priority)));
    records.targets.push_back({host, reply->port, scaled_weight(reply->weight, largest),
                               std::min(rank, kLowestPriority)});
  }
  if (records.targets.empty()) records.error = "no target";
  records.ttl = least_ttl(bytes, size);
  return records;
}

}  // namespace weir::balancer
