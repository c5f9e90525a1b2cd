#include "bench/load/visits.h"

#include <cerrno>
#include <stdexcept>
#include <string>
#include <system_error>

namespace load {
namespace {

constexpr auto kStallLimit = std::chrono::seconds(10);
constexpr auto kTurn = std::chrono::milliseconds(100);

}  // namespace

Visits::Visits(VisitOptions options, const Pattern& pattern)
    : options_(options), pattern_(pattern), visits_(options.at_once) {
  for (std::size_t slot = options.at_once; slot > 0; --slot) free_slots_.push_back(slot - 1);
}

bool Visits::start(std::size_t slot, Errors& errors) {
  const std::uint64_t number = started_++;
  Visit& visit = visits_[slot];
  const unsigned source =
      options_.sources == 0 ? 0 : 1 + static_cast<unsigned>(number % options_.sources);
  const auto now = Clock::now();
  Connecting connecting;
  try {
    connecting = start_connect(options_.endpoint, source);
  } catch (const std::system_error& error) {
    if (error.code().value() != ECONNREFUSED) throw;
    ++errors.refused;
    return false;
  }
  visit.fd = std::move(connecting.fd);
  visit.connected = connecting.established;
  visit.exchange.begin(pattern_.message(number, 0, options_.bytes), now);
  if (visit.connected && options_.bytes > 0) visit.exchange.send_on(visit.fd.get());
  const bool wants_out = !visit.connected || visit.exchange.has_unsent() || options_.bytes == 0;
  poller_.add(visit.fd.get(), wants_out ? EPOLLIN | EPOLLOUT : EPOLLIN, slot);
  return true;
}

// True when the visit is complete; a visit that failed has lost its descriptor.
bool Visits::advance(Visit& visit, std::uint32_t events, std::size_t slot, Errors& errors) {
  const auto fail = [&](std::uint64_t& counter) {
    ++counter;
    visit.fd.reset();
    return false;
  };
  if (!visit.connected) {
    if (pending_error(visit.fd.get()) != 0) return fail(errors.refused);
    visit.connected = true;
  }
  if (options_.bytes == 0) return true;
  if ((events & EPOLLOUT) != 0) {
    if (visit.exchange.send_on(visit.fd.get()) == Progress::closed) return fail(errors.closed);
    if (!visit.exchange.has_unsent()) poller_.modify(visit.fd.get(), EPOLLIN, slot);
  }
  if ((events & ~static_cast<std::uint32_t>(EPOLLOUT)) == 0) return false;
  const Progress progress = visit.exchange.receive_on(visit.fd.get());
  if (progress == Progress::closed) return fail(errors.closed);
  if (progress == Progress::mismatched) return fail(errors.mismatched);
  return progress == Progress::complete;
}

void Visits::end(std::size_t slot) {
  visits_[slot].fd.reset();
  free_slots_.push_back(slot);
}

void Visits::run(const WantsMore& wants_more, const Completed& completed, Errors& errors) {
  auto last_progress = Clock::now();
  for (;;) {
    while (!free_slots_.empty() && wants_more()) {
      const std::size_t slot = free_slots_.back();
      if (!start(slot, errors)) return;  // refused: nobody listens
      free_slots_.pop_back();
    }
    const std::size_t under_way = visits_.size() - free_slots_.size();
    if (under_way == 0) return;
    if (Clock::now() - last_progress > kStallLimit) {
      errors.stalled += under_way;
      return;
    }
    for (const epoll_event& event : poller_.wait(kTurn)) {
      const std::size_t slot = event.data.u64;
      Visit& visit = visits_[slot];
      const bool is_complete = advance(visit, event.events, slot, errors);
      if (!is_complete && visit.fd) continue;
      last_progress = Clock::now();
      if (is_complete) {
        poller_.remove(visit.fd.get());
        completed(std::move(visit.fd), last_progress - visit.exchange.started());
      }
      end(slot);
    }
  }
}

std::vector<Descriptor> open_connections(const VisitOptions& options, std::size_t count,
                                         const Pattern& pattern) {
  std::vector<Descriptor> connections;
  connections.reserve(count);
  Errors errors;
  std::size_t started = 0;
  Visits visits(options, pattern);
  visits.run([&] { return errors.total() == 0 && started < count && ++started > 0; },
             [&](Descriptor fd, std::chrono::nanoseconds) { connections.push_back(std::move(fd)); },
             errors);
  if (connections.size() != count) {
    throw std::runtime_error(
        "opened " + std::to_string(connections.size()) + " of " + std::to_string(count) +
        " connections: " + std::to_string(errors.refused) + " refused, " +
        std::to_string(errors.closed) + " closed, " + std::to_string(errors.mismatched) +
        " with wrong bytes, " + std::to_string(errors.stalled) + " without an answer");
  }
  return connections;
}

}  // namespace load
