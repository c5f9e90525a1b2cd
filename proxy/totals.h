#pragma once

#include "balancer/backend_probes.h"
#include "proxy/server.h"

#include <cstdint>
#include <vector>

/// Sums over reactors of what each publishes, made for one scrape or status answer and thrown away.
/// Any thread, while the server lives.
namespace weir::proxy {

class ListenerTotals {
 public:
  ListenerTotals(const Server& server, ListenerNumber listener);

  [[nodiscard]] std::uint64_t accepted() const noexcept;
  [[nodiscard]] std::uint64_t accept_errors(AcceptError error) const noexcept;
  [[nodiscard]] std::int64_t sessions_active() const noexcept;
  [[nodiscard]] std::uint64_t received_bytes() const noexcept;
  [[nodiscard]] std::uint64_t sent_bytes() const noexcept;
  [[nodiscard]] std::uint64_t closed(CloseReason reason) const noexcept;
  [[nodiscard]] std::vector<const metrics::Histogram*> session_seconds() const;

 private:
  std::vector<const ListenerProbe*> probes_;
  std::vector<const AcceptorProbe*> acceptors_;
};

/// Sessions of all listeners that are alive, and those that a drain has reset so far.
std::int64_t sessions_active(const Server& server);
std::uint64_t sessions_reset_by_drain(const Server& server);

class PoolTotals {
 public:
  PoolTotals(const Server& server, PoolNumber pool);

  [[nodiscard]] std::int64_t sessions_active() const noexcept;
  [[nodiscard]] std::uint64_t picks() const noexcept;
  [[nodiscard]] std::uint64_t retries() const noexcept;
  [[nodiscard]] std::uint64_t no_backend() const noexcept;
  [[nodiscard]] std::uint64_t queue_timeouts() const noexcept;
  [[nodiscard]] std::uint64_t queue_full() const noexcept;
  [[nodiscard]] std::vector<const metrics::Histogram*> queue_seconds() const;

 private:
  std::vector<const PoolProbe*> probes_;
};

class BackendTotals {
 public:
  BackendTotals(const Server& server, balancer::SlotNumber slot);

  [[nodiscard]] std::int64_t sessions_active() const noexcept;
  [[nodiscard]] std::uint64_t connect_attempts() const noexcept;
  [[nodiscard]] std::uint64_t connect_errors(balancer::ConnectError error) const noexcept;
  [[nodiscard]] std::uint64_t received_bytes() const noexcept;
  [[nodiscard]] std::uint64_t sent_bytes() const noexcept;
  [[nodiscard]] std::vector<const metrics::Histogram*> connect_seconds() const;
  [[nodiscard]] std::vector<const metrics::Histogram*> first_byte_seconds() const;
  [[nodiscard]] std::vector<const metrics::Histogram*> session_seconds() const;
  [[nodiscard]] std::vector<const metrics::Histogram*> tcp_rtt_seconds() const;
  [[nodiscard]] std::uint64_t tcp_retransmits() const noexcept;
  [[nodiscard]] std::uint64_t pauses(balancer::Taker taker) const noexcept;
  [[nodiscard]] double paused_seconds(balancer::Taker taker) const noexcept;

 private:
  std::vector<const metrics::Gauge*> active_;
  std::vector<const balancer::BackendProbe*> probes_;
};

}  // namespace weir::proxy
