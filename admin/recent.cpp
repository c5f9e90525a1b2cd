#include "admin/recent.h"

#include "proxy/totals.h"

#include <algorithm>
#include <utility>

namespace weir::admin {

void Recent::look() {
  Sample sample;
  sample.number = ++last_number_;
  sample.time = std::chrono::system_clock::now();
  sample.sessions_active = proxy::sessions_active(server_);
  const auto listeners = server_.directory().listeners().size();
  for (std::size_t number = 0; number < listeners; ++number) {
    const proxy::ListenerTotals totals(server_, static_cast<proxy::ListenerNumber>(number));
    sample.accepted += totals.accepted();
    for (std::size_t i = 0; i < proxy::kCloseReasons.size(); ++i)
      sample.closed[i] += totals.closed(proxy::kCloseReasons[i]);
  }
  const base::TimePoint now = base::Clock::now();
  for (const auto& reactor : server_.reactors()) {
    const proxy::ReactorProbe& probe = reactor->probe();
    sample.relayed_bytes += probe.relayed_bytes_copy.value() + probe.relayed_bytes_splice.value();
    sample.busy_shares.push_back(static_cast<float>(probe.busy.read(now).recent_share));
  }
  if (samples_.size() == kMostSamples) samples_.pop_front();
  samples_.push_back(std::move(sample));
  look_at_pools();
}

void Recent::look_at_pools() {
  const auto pools = server_.directory().pools();
  most_waiting_.resize(pools.size());
  for (std::size_t number = 0; number < pools.size(); ++number) {
    std::uint32_t& most = most_waiting_[number];
    most = std::max(most, server_.waiting(static_cast<proxy::PoolNumber>(number)));
    for (const balancer::Member& member : pools[number]->members) {
      if (most_sessions_.size() <= member.slot) most_sessions_.resize(member.slot + std::size_t{1});
      std::int64_t& sessions = most_sessions_[member.slot];
      sessions = std::max(sessions, proxy::BackendTotals(server_, member.slot).sessions_active());
    }
  }
}

}  // namespace weir::admin
