#pragma once

#include "metrics/writer.h"
#include "proxy/server.h"

namespace weir::admin {

/// The samples of the running proxy: reactors, listeners, pools and backends, summed over reactors.
/// A source for the Collector; reads published counters only. Any thread.
void write_proxy(metrics::Writer& writer, const proxy::Server& server, bool draining);

}  // namespace weir::admin
