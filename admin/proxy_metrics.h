#pragma once

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
  void write_reactors(metrics::Writer& writer);

  const proxy::Server& server_;
  /// What was told of each reactor last. A phase that ends while it is read may come out a moment
  /// shorter the next time, and a counter must never go back.
  struct Told {
    base::Duration busy{0};
    base::Duration idle{0};
  };
  std::vector<Told> told_;
};

}  // namespace weir::admin
