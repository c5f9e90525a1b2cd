#pragma once

#include "proxy/pipe_pool.h"

#include <cstddef>
#include <cstdint>

namespace weir::proxy {

/// What the kernel allows, as read from /proc/sys/fs; an argument, so that tests can say.
struct PipeRules {
  std::uint64_t largest_bytes = 0;    ///< pipe-max-size
  std::uint64_t user_soft_pages = 0;  ///< pipe-user-pages-soft: beyond it pipes get 8 KiB; 0: none

  static PipeRules of_this_system() noexcept;
};

/// The pipes of each reactor: large ones, and no more than half of what the user may have (the
/// limit counts every process of that user: facts measured, see docs/decisions/0006) or a small
/// part of the descriptors. None when there is no room for any.
PipePool::Limits decide_pipes(std::size_t reactors, std::uint64_t descriptors,
                              const PipeRules& rules) noexcept;

}  // namespace weir::proxy
