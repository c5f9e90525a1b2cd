#include "proxy/recorder.h"

#include <algorithm>

namespace weir::proxy {
namespace {

constexpr std::array<std::string_view, kEventKindCount> kKinds = {
    "arrived",  "connecting", "connect_failed", "relaying", "served",
    "deadline", "fault",      "ended",          "command"};
constexpr std::array<std::string_view, kCommandCount> kCommands = {
    "accept",      "finish",  "snapshot", "drain", "end_backend", "end_backend_asked",
    "end_session", "end_all", "look"};

}  // namespace

std::string_view to_string(EventKind kind) noexcept {
  return kKinds[static_cast<std::size_t>(kind)];
}
std::string_view to_string(Command command) noexcept {
  return kCommands[static_cast<std::size_t>(command)];
}

Event Recorder::at(std::uint64_t number) const noexcept {
  const std::size_t place = number % kEvents;
  const std::uint64_t details = details_[place].load(std::memory_order_relaxed);
  Event event;
  event.time = base::TimePoint(base::Duration(times_[place].load(std::memory_order_relaxed)));
  event.session = SessionId::of(sessions_[place].load(std::memory_order_relaxed));
  event.kind = static_cast<EventKind>(details >> kKindShift & 0xff);
  event.result = static_cast<std::uint8_t>(details >> kResultShift);
  event.value = static_cast<std::uint32_t>(details);
  return event;
}

std::vector<Event> Recorder::last(std::size_t most) const {
  const std::uint64_t end = recorded_.load(std::memory_order_acquire);
  const std::uint64_t begin = end - std::min<std::uint64_t>({end, most, kEvents});
  std::vector<Event> events;
  events.reserve(end - begin);
  for (std::uint64_t number = begin; number < end; ++number) events.push_back(at(number));
  std::atomic_thread_fence(std::memory_order_acquire);
  // The event that is being written now has the place of the one kEvents before it.
  const std::uint64_t after = recorded_.load(std::memory_order_relaxed);
  const std::uint64_t sound = after >= kEvents ? after - kEvents + 1 : 0;
  const std::uint64_t lost = sound > begin ? std::min(sound, end) - begin : 0;
  events.erase(events.begin(), events.begin() + static_cast<std::ptrdiff_t>(lost));
  return events;
}

void Recorder::tell_last(std::size_t most, void (*tell)(const Event&, void*),
                         void* context) const noexcept {
  const std::uint64_t end = recorded_.load(std::memory_order_acquire);
  const std::uint64_t begin = end - std::min<std::uint64_t>({end, most, kEvents});
  for (std::uint64_t number = begin; number < end; ++number) tell(at(number), context);
}

}  // namespace weir::proxy
