#include "balancer/membership.h"

#include "base/log.h"

#include <set>
#include <utility>

namespace weir::balancer {

Membership::Membership(boost::asio::io_context& context, Resolver& resolver, SlotTable& slots,
                       config::PoolConfig pool, Changed changed)
    : resolver_(resolver), slots_(slots), pool_(std::move(pool)), changed_(std::move(changed)) {
  for (const config::BackendConfig& config : pool_.backends) {
    Backend& backend = backends_.emplace_back();
    backend.config = config;
    if (config.endpoint)
      backend.addresses.push_back(*config.endpoint);
    else
      backend.retry = std::make_unique<boost::asio::steady_timer>(context);
  }
}

std::shared_ptr<const PoolSnapshot> Membership::snapshot() {
  auto made = std::make_shared<PoolSnapshot>();
  made->settings = pool_;
  std::set<std::string> seen;  // two names may share an address: it is one backend
  for (const Backend& backend : backends_) {
    if (backend.addresses.empty()) made->unresolved.push_back(backend.config.address);
    for (const base::Endpoint& endpoint : backend.addresses) {
      const std::string name = endpoint.to_string();
      if (!seen.insert(name).second) continue;
      const auto slot = slots_.slot_of(pool_.name, name);
      if (slot)
        made->members.push_back({*slot, name, endpoint, backend.config.weight});
      else
        base::log::error("pool {}: no slot left for {}: it gets no sessions", pool_.name, name);
    }
  }
  return made;
}

void Membership::resolve_names() {
  for (Backend& backend : backends_)
    if (!backend.config.endpoint) resolve(backend);
}

void Membership::resolve(Backend& backend) {
  resolver_.resolve(backend.config.host, backend.config.port,
                    [this, &backend](std::vector<base::Endpoint> addresses, std::string error) {
                      answered(backend, std::move(addresses), error);
                    });
}

void Membership::answered(Backend& backend, std::vector<base::Endpoint> addresses,
                          const std::string& error) {
  if (!addresses.empty()) {
    base::log::info("pool {}: {} is {} address(es)", pool_.name, backend.config.address,
                    addresses.size());
    backend.addresses = std::move(addresses);
    return changed_(snapshot());
  }
  if (!std::exchange(backend.complained, true))
    base::log::warning("pool {}: {} does not resolve: {}. asking again every {} s", pool_.name,
                       backend.config.address, error.empty() ? "no address" : error,
                       kRetry.count());
  backend.retry->expires_after(kRetry);
  backend.retry->async_wait([this, &backend](const boost::system::error_code& cancelled) {
    if (!cancelled) resolve(backend);
  });
}

}  // namespace weir::balancer
