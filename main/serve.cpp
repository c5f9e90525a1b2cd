#include "main/serve.h"

#include "admin/admin_server.h"
#include "admin/api.h"
#include "admin/page.h"
#include "admin/proxy_metrics.h"
#include "base/backtrace.h"
#include "base/listening_socket.h"
#include "base/log.h"
#include "base/notify_socket.h"
#include "base/passed_sockets.h"
#include "base/socket_file.h"
#include "base/thread_setup.h"
#include "config/environment.h"
#include "main/admin_token.h"
#include "main/life_cycle.h"
#include "main/service_report.h"
#include "metrics/collector.h"
#include "metrics/process.h"
#include "proxy/access_line.h"
#include "proxy/black_box.h"
#include "proxy/server.h"
#include "proxy/totals.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <exception>
#include <iterator>
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

struct Admin {
  std::unique_ptr<admin::AdminServer> server;  ///< null where there is none
  std::optional<base::Endpoint> bound;
};

/// Starts the admin server, and ends it on every way out: before the server that it tells of.
class AdminRun {
 public:
  explicit AdminRun(admin::AdminServer* server) : server_(server) {
    if (server_ != nullptr) server_->start();
  }
  ~AdminRun() {
    if (server_ != nullptr) server_->stop();
  }
  AdminRun(const AdminRun&) = delete;
  AdminRun& operator=(const AdminRun&) = delete;

 private:
  admin::AdminServer* const server_;  ///< null where there is none
};

std::unique_ptr<admin::AdminServer> make_admin(AdminSocket& socket, const config::Config& config,
                                               const std::string& token, proxy::Server& server,
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
  const auto api = std::make_shared<admin::Api>(
      server, [&life_cycle] { return life_cycle.draining(); }, !token.empty());
  sources.routes = admin::page_routes();
  std::ranges::move(admin::Api::routes(api), std::back_inserter(sources.routes));
  sources.each_second = [api] { api->look(); };
  const admin::Rules rules{config.admin_read, config.admin_hosts, socket.bound.is_loopback(),
                           token};
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
                const Admin& admin, const config::Config& config,
                const std::vector<std::string>& warnings,
                const std::function<void(const Serving&)>& started) {
  ServiceReport report(control, {config::process_environment(), ::getpid()},
                       [&server] { return server.watchdog().all_beat(); });
  std::optional<base::SignalsBlocked> blocked(std::in_place);
  base::backtrace::prepare();
  proxy::black_box::install();
  const LogScope log(config.log_level);
  for (const std::string& warning : warnings) base::log::warning("{}", warning);

  const AdminRun admin_run(admin.server.get());
  if (admin.server) base::log::info("admin on {}", admin.bound->to_string());
  server.start();
  if (started) started({server.directory().listeners().front().bound, admin.bound});
  life_cycle.watch(server, config, [&] {
    report.stopping(config.drain_delay + config.drain_timeout + kLastSteps,
                    proxy::sessions_active(server));
  });
  report.ready("serving with " + std::to_string(server.reactors().size()) + " reactor(s)");
  blocked.reset();
  run_control(control, server, report);
  return 0;
}

}  // namespace

int serve(const config::Config& config, const std::vector<std::string>& warnings,
          const std::function<void(const Serving&)>& started) try {
  Admin admin;  // outlives whoever may still be about to answer it: reactors, and control's posts
  boost::asio::io_context control(1);
  LifeCycle life_cycle(control);
  proxy::Server server(control);
  std::string failure =
      server.bind(config, base::take_passed_sockets(config::process_environment(), ::getpid()));
  if (!failure.empty()) return refuse(failure);
  std::optional<AdminSocket> admin_socket;
  std::string token;
  if (config.admin) {
    if (config.admin_token_file != "none") {
      token = read_admin_token(config.admin_token_file, failure);
      if (!failure.empty()) return refuse("admin_token_file: " + failure);
    }
    admin_socket = AdminSocket::open(config, failure);
    if (!admin_socket) return refuse(failure);
    admin.bound = admin_socket->bound;
    admin.server = make_admin(*admin_socket, config, token, server, life_cycle);
  }
  if (config.access_log != "none") {
    failure = base::log::start_access(
        config.access_log, std::make_unique<proxy::AccessLine>(config.access_log_format));
    if (!failure.empty())
      return refuse("access_log: " + failure +
                    ". Name a file that can be written, unix:/path, stderr or none");
  }
  return serve_bound(control, life_cycle, server, admin, config, warnings, started);
} catch (const std::exception& exception) {
  return refuse(exception.what());
}

}  // namespace weir
