#pragma once

namespace weir::base {

/// Prints the broken invariant to standard error and aborts. Safe on any thread, allocates nothing.
[[noreturn]] void check_failed(const char* condition, const char* file, int line) noexcept;

}  // namespace weir::base

/// An invariant whose breach means that memory or bookkeeping cannot be trusted any more: it stays
/// in release builds and ends the process loudly. Never for what a peer or a file can bring about.
#define WEIR_CHECK(condition)                        \
  (__builtin_expect(static_cast<bool>(condition), 1) \
       ? static_cast<void>(0)                        \
       : ::weir::base::check_failed(#condition, __FILE__, __LINE__))
