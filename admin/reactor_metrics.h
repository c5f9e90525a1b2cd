#pragma once

#include "base/clock.h"
#include "metrics/writer.h"
#include "proxy/server.h"

#include <chrono>
#include <vector>

namespace weir::admin {

/// The samples of the reactors: each of them, and how evenly they are loaded. Lives on the admin
/// thread; owned by ProxyMetrics.
class ReactorMetrics {
 public:
  explicit ReactorMetrics(const proxy::Server& server);

  void write(metrics::Writer& writer);

 private:
  /// What was told of each reactor last. A phase that ends while it is read may come out a moment
  /// shorter the next time, and a counter must never go back.
  struct Told {
    base::Duration busy{0};
    base::Duration idle{0};
    std::chrono::nanoseconds waited{0};
  };
  static void write_sessions(metrics::Writer& writer, const proxy::ReactorProbe& probe,
                             metrics::Label label);
  void write_loop(metrics::Writer& writer, const proxy::Reactor& reactor, metrics::Label label);

  const proxy::Server& server_;
  std::vector<Told> told_;
};

}  // namespace weir::admin
