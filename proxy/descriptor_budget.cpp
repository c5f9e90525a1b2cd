#include "proxy/descriptor_budget.h"

#include <sys/resource.h>

#include <algorithm>

namespace weir::proxy {
namespace {

constexpr std::uint64_t kReservedAlways = 30;     // standard streams, log, control, admin, names
constexpr std::uint64_t kAdminShare = 16;         // of all descriptors, the inverse
constexpr std::uint64_t kReservedPerReactor = 7;  // two epoll sets, four events, a timer

}  // namespace

DescriptorBudget take_descriptor_budget(std::size_t reactors,
                                        std::size_t listening_sockets) noexcept {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  ::getrlimit(RLIMIT_NOFILE, &limit);
  const std::uint64_t admin = std::clamp<std::uint64_t>(limit.rlim_cur / kAdminShare, 4, 64);
  return {limit.rlim_cur, admin,
          kReservedAlways + admin + kReservedPerReactor * reactors + listening_sockets};
}

std::string decide_max_connections(std::uint32_t asked, const DescriptorBudget& budget,
                                   std::uint64_t& decided) {
  decided = asked == 0 ? budget.connections() : asked;
  if (decided > 0 && decided <= budget.connections()) return {};
  const std::uint64_t wanted = asked == 0 ? 1 : asked;
  return "max_connections: " + std::to_string(wanted) + " connections need " +
         std::to_string(wanted * DescriptorBudget::kPerConnection + budget.reserved) +
         " descriptors, but the limit is " + std::to_string(budget.limit) +
         ". raise it (ulimit -n, LimitNOFILE=) or lower max_connections to at most " +
         std::to_string(budget.connections());
}

}  // namespace weir::proxy
