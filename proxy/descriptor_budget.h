#pragma once

#include <cstdint>
#include <string>

namespace weir::proxy {

/// How many connections the process's descriptor limit allows.
struct DescriptorBudget {
  std::uint64_t limit = 0;     ///< RLIMIT_NOFILE
  std::uint64_t admin = 0;     ///< connections of the admin server
  std::uint64_t reserved = 0;  ///< for those, threads, listeners and files
  static constexpr std::uint64_t kPerConnection = 2;
  static constexpr std::uint64_t kPerPipe = 2;

  [[nodiscard]] std::uint64_t connections() const noexcept {
    return limit > reserved ? (limit - reserved) / kPerConnection : 0;
  }
};

/// Raises the soft limit to the hard one, and reserves for what is not a connection.
DescriptorBudget take_descriptor_budget(std::size_t reactors,
                                        std::size_t listening_sockets) noexcept;

/// The process's limit: what was asked for (0: as many as the budget allows).
/// @return empty text, or why that many cannot be had, and the remedy
std::string decide_max_connections(std::uint32_t asked, const DescriptorBudget& budget,
                                   std::uint64_t& decided);

}  // namespace weir::proxy
