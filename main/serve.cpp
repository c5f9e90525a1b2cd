#include "main/serve.h"

#include "admin/admin_server.h"
#include "admin/listening_socket.h"
#include "admin/proxy_metrics.h"
#include "admin/status.h"
#include "base/log.h"
#include "base/thread_setup.h"
#include "main/life_cycle.h"
#include "metrics/collector.h"
#include "metrics/process.h"
#include "proxy/server.h"

#include <cstdio>
#include <exception>
#include <memory>
#include <optional>
#include <utility>

namespace weir {
namespace {

int refuse(const std::string& text) {
  std::fprintf(stderr, "weir: %s\n", text.c_str());
  return kExitStart;
}

/// Starts and ends the log threads around everything else.
class LogScope {
 public:
  explicit LogScope(base::log::Level level) { base::log::start(level); }
  ~LogScope() { base::log::stop(); }
  LogScope(const LogScope&) = delete;
  LogScope& operator=(const LogScope&) = delete;
};

std::unique_ptr<admin::AdminServer> make_admin(base::Descriptor socket, const base::Endpoint& bound,
                                               const config::Config& config,
                                               const proxy::Server& server,
                                               const LifeCycle& life_cycle) {
  auto collector = std::make_shared<metrics::Collector>();
  collector->add([](metrics::Writer& writer) { metrics::write_process(writer); });
  collector->add([&server, &life_cycle](metrics::Writer& writer) {
    admin::write_proxy(writer, server, !life_cycle.ready());
  });
  admin::Sources sources;
  sources.metrics = std::move(collector);
  sources.ready = [&life_cycle] { return life_cycle.ready(); };
  sources.status_json = [&server, &life_cycle] {
    return admin::status_json(server, !life_cycle.ready());
  };
  const admin::Rules rules{config.admin_read, config.admin_hosts, bound.is_loopback()};
  admin::Limits limits;
  limits.connections = server.descriptors().admin;
  return std::make_unique<admin::AdminServer>(std::move(socket), std::move(sources), rules, limits);
}

int serve_bound(boost::asio::io_context& control, LifeCycle& life_cycle, proxy::Server& server,
                base::Descriptor admin_socket, const config::Config& config,
                const std::vector<std::string>& warnings,
                const std::function<void(const Serving&)>& started) {
  std::optional<base::SignalsBlocked> blocked(std::in_place);
  const LogScope log(config.log_level);
  if (config.access_log != "none") {
    const std::string failure = base::log::start_access(config.access_log);
    if (!failure.empty())
      return refuse("access_log: " + failure + ". name a file that can be written, stderr or none");
  }
  for (const std::string& warning : warnings) base::log::warning("{}", warning);

  std::optional<base::Endpoint> admin_bound;
  std::unique_ptr<admin::AdminServer> admin_server;
  if (config.admin) {
    admin_bound = base::Endpoint::of_socket(admin_socket.get()).value_or(*config.admin);
    admin_server = make_admin(std::move(admin_socket), *admin_bound, config, server, life_cycle);
    admin_server->start();
    base::log::info("admin on {}", admin_bound->to_string());
  }
  server.start();
  if (started) started({server.directory().listeners().front().bound, admin_bound});
  life_cycle.watch(server, config);
  blocked.reset();
  control.run();
  if (admin_server) admin_server->stop();
  return 0;
}

}  // namespace

int serve(const config::Config& config, const std::vector<std::string>& warnings,
          const std::function<void(const Serving&)>& started) try {
  boost::asio::io_context control(1);
  LifeCycle life_cycle(control);
  proxy::Server server(control);
  const std::string failure = server.bind(config);
  if (!failure.empty()) return refuse(failure);
  base::Descriptor admin_socket;
  if (config.admin) {
    std::string error;
    admin_socket = admin::bind_admin(*config.admin, error);
    if (!admin_socket) return refuse(error);
  }
  return serve_bound(control, life_cycle, server, std::move(admin_socket), config, warnings,
                     started);
} catch (const std::exception& exception) {
  return refuse(exception.what());
}

}  // namespace weir
