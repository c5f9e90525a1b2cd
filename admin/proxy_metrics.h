#pragma once

#include "admin/reactor_metrics.h"
#include "base/clock.h"
#include "metrics/writer.h"
#include "proxy/server.h"

#include <vector>

namespace weir::admin {

/// The samples of the running proxy: reactors, listeners, pools and backends, summed over reactors.
/// A source for the Collector; reads published counters only. Lives on the admin thread, which is
/// the only one that scrapes; owned by the Collector's source.
class ProxyMetrics {
 public:
  explicit ProxyMetrics(const proxy::Server& server);

  void write(metrics::Writer& writer, bool draining);

 private:
  void write_downtimes(metrics::Writer& writer);

  const proxy::Server& server_;
  ReactorMetrics reactors_;
  /// What was told last, by slot. A phase that ends while it is read may come out a moment shorter
  /// the next time, and a counter must never go back.
  std::vector<base::Duration> told_downtimes_;
};

}  // namespace weir::admin
