#include "main/serve.h"

#include "admin/admin_server.h"
#include "admin/proxy_metrics.h"
#include "admin/status.h"
#include "base/backtrace.h"
#include "base/listening_socket.h"
#include "base/log.h"
#include "base/notify_socket.h"
#include "base/passed_sockets.h"
#include "base/socket_file.h"
#include "base/thread_setup.h"
#include "config/environment.h"
#include "main/life_cycle.h"
#include "main/service_report.h"
#include "metrics/collector.h"
#include "metrics/process.h"
#include "proxy/black_box.h"
#include "proxy/server.h"
#include "proxy/totals.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <exception>
#include <memory>
#include <optional>
#include <utility>

namespace weir {
namespace {

constexpr int kNapMilliseconds = 1;  // others may give memory back meanwhile
/// What an end may take besides drain_delay and drain_timeout.
constexpr std::chrono::seconds kLastSteps{5};

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

/// The admin server's socket, and its file where it is a unix socket.
struct AdminSocket {
  base::Descriptor descriptor;
  base::Endpoint bound;
  base::SocketFile file;

  static std::optional<AdminSocket> open(const config::Config& config, std::string& failure) {
    base::ListeningOptions options;
    if (config.admin->is_unix()) options.unix_mode = config.admin_unix_mode;
    base::Descriptor descriptor = base::open_listening_socket(*config.admin, options);
    if (!descriptor) {
      failure = "admin: " + base::listening_failure(*config.admin, errno, "admin, --admin");
      return {};
    }
    const auto bound = base::Endpoint::of_socket(descriptor.get()).value_or(*config.admin);
    return AdminSocket{std::move(descriptor), bound, base::SocketFile(bound)};
  }
};

std::unique_ptr<admin::AdminServer> make_admin(AdminSocket& socket, const config::Config& config,
                                               const proxy::Server& server,
                                               const LifeCycle& life_cycle) {
  auto collector = std::make_shared<metrics::Collector>();
  collector->add([](metrics::Writer& writer) { metrics::write_process(writer); });
  collector->add([proxy_metrics = std::make_shared<admin::ProxyMetrics>(server),
                  &life_cycle](metrics::Writer& writer) {
    proxy_metrics->write(writer, life_cycle.draining());
  });
  admin::Sources sources;
  sources.metrics = std::move(collector);
  sources.complaint = [&server] { return server.watchdog().complaint(); };
  sources.ready = [&life_cycle] { return life_cycle.ready(); };
  sources.status_json = [&server, &life_cycle] {
    return admin::status_json(server, life_cycle.draining());
  };
  sources.pools_json = [&server] { return admin::pools_json(server); };
  const admin::Rules rules{config.admin_read, config.admin_hosts, socket.bound.is_loopback()};
  admin::Limits limits;
  limits.connections = server.descriptors().admin;
  return std::make_unique<admin::AdminServer>(std::move(socket.descriptor), std::move(sources),
                                              rules, limits);
}

/// The control thread's loop. What fails in it for want of memory (a name's answer, a line, a
/// snapshot) must not end the reactors, which need nothing of it to relay; the server takes it up
/// again.
void run_control(boost::asio::io_context& control, proxy::Server& server, ServiceReport& report) {
  bool has_failed = false;
  for (;;) {
    try {
      if (has_failed) {
        server.recover();
        report.recover();
      }
      has_failed = false;
      control.run();
      return;
    } catch (const std::exception& exception) {
      if (std::exchange(has_failed, true)) ::poll(nullptr, 0, kNapMilliseconds);
      base::log::error("control: {}", exception.what());
    }
  }
}

int serve_bound(boost::asio::io_context& control, LifeCycle& life_cycle, proxy::Server& server,
                std::optional<AdminSocket> admin_socket, const config::Config& config,
                const std::vector<std::string>& warnings,
                const std::function<void(const Serving&)>& started) {
  ServiceReport report(control, {config::process_environment(), ::getpid()},
                       [&server] { return server.watchdog().all_beat(); });
  std::optional<base::SignalsBlocked> blocked(std::in_place);
  const LogScope log(config.log_level);
  for (const std::string& warning : warnings) base::log::warning("{}", warning);

  std::optional<base::Endpoint> admin_bound;
  std::unique_ptr<admin::AdminServer> admin_server;
  if (admin_socket) {
    admin_bound = admin_socket->bound;
    admin_server = make_admin(*admin_socket, config, server, life_cycle);
    admin_server->start();
    base::log::info("admin on {}", admin_bound->to_string());
  }
  base::backtrace::prepare();
  proxy::black_box::install();
  server.start();
  if (started) started({server.directory().listeners().front().bound, admin_bound});
  life_cycle.watch(server, config, [&] {
    report.stopping(config.drain_delay + config.drain_timeout + kLastSteps,
                    proxy::sessions_active(server));
  });
  report.ready("serving with " + std::to_string(server.reactors().size()) + " reactor(s)");
  blocked.reset();
  run_control(control, server, report);
  if (admin_server) admin_server->stop();
  return 0;
}

}  // namespace

int serve(const config::Config& config, const std::vector<std::string>& warnings,
          const std::function<void(const Serving&)>& started) try {
  boost::asio::io_context control(1);
  LifeCycle life_cycle(control);
  proxy::Server server(control);
  std::string failure =
      server.bind(config, base::take_passed_sockets(config::process_environment(), ::getpid()));
  if (!failure.empty()) return refuse(failure);
  std::optional<AdminSocket> admin_socket;
  if (config.admin) {
    admin_socket = AdminSocket::open(config, failure);
    if (!admin_socket) return refuse(failure);
  }
  if (config.access_log != "none") {
    failure = base::log::start_access(config.access_log);
    if (!failure.empty())
      return refuse("access_log: " + failure + ". name a file that can be written, stderr or none");
  }
  return serve_bound(control, life_cycle, server, std::move(admin_socket), config, warnings,
                     started);
} catch (const std::exception& exception) {
  return refuse(exception.what());
}

}  // namespace weir
