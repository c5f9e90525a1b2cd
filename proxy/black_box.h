#pragma once

#include "proxy/probes.h"

namespace weir::proxy::black_box {

/// What is left of a crash: the stack of the thread that crashed, and for each reactor what it was
/// doing and its last events, on standard error. For a signal that ends the process, and for a
/// reactor that died.

/// Before the reactors run: has the probe told of. It must outlive the process's last signal.
void add(const ReactorProbe& reactor) noexcept;
/// After them, and before they are destroyed.
void forget_all() noexcept;
/// Takes the signals of a crash over, once. The process ends of the signal after that as it would
/// have without.
void install() noexcept;
/// Writes it now. Safe in a signal's handler: no memory, no lock.
void write() noexcept;

}  // namespace weir::proxy::black_box
