#pragma once

#include "admin/reactor_metrics.h"
#include "metrics/writer.h"
#include "proxy/server.h"

namespace weir::admin {

/// The samples of the running proxy: reactors, listeners, pools and backends, summed over reactors.
/// A source for the Collector; reads published counters only. Lives on the admin thread, which is
/// the only one that scrapes; owned by the Collector's source.
class ProxyMetrics {
 public:
  explicit ProxyMetrics(const proxy::Server& server);

  void write(metrics::Writer& writer, bool draining);

 private:
  const proxy::Server& server_;
  ReactorMetrics reactors_;
};

}  // namespace weir::admin
