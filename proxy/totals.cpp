#include "proxy/totals.h"

namespace weir::proxy {
namespace {

/// Adds up what `read` gives for each probe.
template <typename Probe, typename Read>
auto sum(const std::vector<const Probe*>& probes, Read read) noexcept {
  decltype(read(*probes.front())) total = 0;
  for (const Probe* probe : probes) total += read(*probe);
  return total;
}

template <typename Probe>
std::vector<const metrics::Histogram*> histograms(const std::vector<const Probe*>& probes,
                                                  metrics::Histogram Probe::*member) {
  std::vector<const metrics::Histogram*> parts;
  parts.reserve(probes.size());
  for (const Probe* probe : probes) parts.push_back(&(probe->*member));
  return parts;
}

}  // namespace

ListenerTotals::ListenerTotals(const Server& server, ListenerNumber listener) {
  for (const auto& reactor : server.reactors())
    probes_.push_back(&reactor->accounts().listener(listener));
  for (const Acceptor* acceptor : server.acceptors())
    if (acceptor->listener().number == listener) acceptors_.push_back(&acceptor->probe());
}

std::uint64_t ListenerTotals::accepted() const noexcept {
  return sum(acceptors_, [](const AcceptorProbe& probe) { return probe.accepted.value(); });
}
std::uint64_t ListenerTotals::accept_errors(AcceptError error) const noexcept {
  const auto index = static_cast<std::size_t>(error);
  return sum(acceptors_, [&](const AcceptorProbe& probe) { return probe.errors[index].value(); });
}
std::int64_t ListenerTotals::sessions_active() const noexcept {
  return sum(probes_, [](const ListenerProbe& probe) { return probe.sessions_active.value(); });
}
std::uint64_t ListenerTotals::received_bytes() const noexcept {
  return sum(probes_, [](const ListenerProbe& probe) { return probe.received_bytes.value(); });
}
std::uint64_t ListenerTotals::sent_bytes() const noexcept {
  return sum(probes_, [](const ListenerProbe& probe) { return probe.sent_bytes.value(); });
}
std::uint64_t ListenerTotals::closed(CloseReason reason) const noexcept {
  const std::uint64_t closed =
      sum(probes_, [&](const ListenerProbe& probe) { return probe.closed(reason); });
  if (reason != CloseReason{Who::weir, How::error, Phase::accept}) return closed;
  return closed + sum(acceptors_, [](const AcceptorProbe& probe) { return probe.lost.value(); });
}
std::vector<const metrics::Histogram*> ListenerTotals::session_seconds() const {
  return histograms(probes_, &ListenerProbe::session_seconds);
}

std::int64_t sessions_active(const Server& server) {
  std::int64_t total = 0;
  for (const auto& reactor : server.reactors()) total += reactor->probe().sessions_active.value();
  return total;
}

std::uint64_t sessions_reset_by_drain(const Server& server) {
  std::uint64_t total = 0;
  const std::size_t count = server.directory().listeners().size();
  for (std::size_t index = 0; index < count; ++index) {
    const ListenerTotals listener(server, static_cast<ListenerNumber>(index));
    for (const Phase phase : {Phase::connect, Phase::relay, Phase::half_closed})
      total += listener.closed({Who::weir, How::drain, phase});
  }
  return total;
}

PoolTotals::PoolTotals(const Server& server, PoolNumber pool) {
  for (const auto& reactor : server.reactors())
    probes_.push_back(&reactor->accounts().pool(pool).probe);
}

std::int64_t PoolTotals::sessions_active() const noexcept {
  return sum(probes_, [](const PoolProbe& probe) { return probe.sessions_active.value(); });
}
std::uint64_t PoolTotals::picks() const noexcept {
  return sum(probes_, [](const PoolProbe& probe) { return probe.picks.value(); });
}
std::uint64_t PoolTotals::retries() const noexcept {
  return sum(probes_, [](const PoolProbe& probe) { return probe.retries.value(); });
}
std::uint64_t PoolTotals::no_backend() const noexcept {
  return sum(probes_, [](const PoolProbe& probe) { return probe.no_backend.value(); });
}
std::uint64_t PoolTotals::queue_timeouts() const noexcept {
  return sum(probes_, [](const PoolProbe& probe) { return probe.queue_timeouts.value(); });
}
std::uint64_t PoolTotals::queue_full() const noexcept {
  return sum(probes_, [](const PoolProbe& probe) { return probe.queue_full.value(); });
}
std::vector<const metrics::Histogram*> PoolTotals::queue_seconds() const {
  return histograms(probes_, &PoolProbe::queue_seconds);
}

BackendTotals::BackendTotals(const Server& server, balancer::SlotNumber slot) {
  for (const auto& reactor : server.reactors()) {
    active_.push_back(&reactor->backends().sessions_active[slot]);
    probes_.push_back(&reactor->backends().probes[slot]);
  }
}

std::int64_t BackendTotals::sessions_active() const noexcept {
  return sum(active_, [](const metrics::Gauge& gauge) { return gauge.value(); });
}
std::uint64_t BackendTotals::connect_attempts() const noexcept {
  return sum(probes_,
             [](const balancer::BackendProbe& probe) { return probe.connect_attempts.value(); });
}
std::uint64_t BackendTotals::connect_errors(balancer::ConnectError error) const noexcept {
  const auto index = static_cast<std::size_t>(error);
  return sum(probes_, [&](const balancer::BackendProbe& probe) {
    return probe.connect_errors[index].value();
  });
}
std::uint64_t BackendTotals::received_bytes() const noexcept {
  return sum(probes_,
             [](const balancer::BackendProbe& probe) { return probe.received_bytes.value(); });
}
std::uint64_t BackendTotals::sent_bytes() const noexcept {
  return sum(probes_, [](const balancer::BackendProbe& probe) { return probe.sent_bytes.value(); });
}
std::vector<const metrics::Histogram*> BackendTotals::connect_seconds() const {
  return histograms(probes_, &balancer::BackendProbe::connect_seconds);
}
std::vector<const metrics::Histogram*> BackendTotals::first_byte_seconds() const {
  return histograms(probes_, &balancer::BackendProbe::first_byte_seconds);
}
std::vector<const metrics::Histogram*> BackendTotals::session_seconds() const {
  return histograms(probes_, &balancer::BackendProbe::session_seconds);
}
std::vector<const metrics::Histogram*> BackendTotals::tcp_rtt_seconds() const {
  return histograms(probes_, &balancer::BackendProbe::tcp_rtt_seconds);
}
std::uint64_t BackendTotals::tcp_retransmits() const noexcept {
  return sum(probes_,
             [](const balancer::BackendProbe& probe) { return probe.tcp_retransmits.value(); });
}
std::uint64_t BackendTotals::pauses(balancer::Taker taker) const noexcept {
  const auto index = static_cast<std::size_t>(taker);
  return sum(probes_, [&](const balancer::BackendProbe& probe) {
    return probe.pauses[index].begun.value();
  });
}
double BackendTotals::paused_seconds(balancer::Taker taker) const noexcept {
  const auto index = static_cast<std::size_t>(taker);
  const std::uint64_t microseconds = sum(probes_, [&](const balancer::BackendProbe& probe) {
    return probe.pauses[index].microseconds.value();
  });
  return static_cast<double>(microseconds) / 1e6;
}

}  // namespace weir::proxy
