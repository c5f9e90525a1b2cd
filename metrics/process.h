#pragma once

#include "metrics/writer.h"

namespace weir::metrics {

/// The samples that the process has as a whole and no part of weir owns: build, start time,
/// descriptors, memory, dropped log lines. A source for the Collector; reads /proc (see proc(5)),
/// and leaves out what it cannot read. Any thread.
void write_process(Writer& writer);

}  // namespace weir::metrics
