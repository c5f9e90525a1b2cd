#include "main/demo.h"

#include "main/demo_backend.h"
#include "main/serve.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <exception>

namespace weir {
namespace {

constexpr int kBackendCount = 3;
constexpr std::uint32_t kMaxConnections = 256;  // its backends share the process's descriptors

config::BackendConfig backend_at(const base::Endpoint& address) {
  config::BackendConfig backend;
  backend.address = address.to_string();
  backend.endpoint = address;
  return backend;
}

/// "curl http://ADDRESS/path", for a unix socket too.
std::string curl(const base::Endpoint& endpoint, const std::string& path) {
  if (endpoint.is_unix())
    return "curl --unix-socket " + endpoint.unix_path() + " http://localhost" + path;
  return "curl http://" + endpoint.to_string() + path;
}

void print_what_to_try(const Serving& serving) {
  std::printf(
      "\nweir demo: three backends behind %s\n\n"
      "  try     for i in 1 2 3 4 5 6; do %s; done\n",
      serving.first_listener.to_string().c_str(), curl(serving.first_listener, "/").c_str());
  if (serving.admin) {
    std::printf(
        "  watch   %s\n"
        "          %s\n",
        curl(*serving.admin, "/metrics").c_str(), curl(*serving.admin, "/api/v1/status").c_str());
    if (!serving.admin->is_unix())
      std::printf("          http://%s/ in a browser\n", serving.admin->to_string().c_str());
  }
  std::printf("  end     Ctrl-C drains, a second one stops at once\n\n");
  std::fflush(stdout);
}

std::string host_name() {
  char name[256] = {};
  return ::gethostname(name, sizeof name - 1) == 0 ? name : "backend";
}

/// One backend by itself, until a signal ends it.
int serve_backend(const base::Endpoint& listen) {
  DemoBackends backends;
  const base::Endpoint bound = backends.add(host_name(), listen);
  boost::asio::io_context control(1);
  boost::asio::signal_set signals(control, SIGTERM, SIGINT);
  signals.async_wait([&](const boost::system::error_code&, int) { control.stop(); });
  backends.start();
  std::printf("backend %s on %s\n", host_name().c_str(), bound.to_string().c_str());
  std::fflush(stdout);
  control.run();
  return 0;
}

}  // namespace

int demo(const config::CommandLine& command_line) try {
  const base::Endpoint listen =
      command_line.demo_listen.value_or(*base::Endpoint::parse("127.0.0.1:8080"));
  if (command_line.demo_backend_only) return serve_backend(listen);
  DemoBackends backends;
  config::Config config = command_line.config;
  config::PoolConfig pool = command_line.pool_defaults;
  pool.name = "demo";
  pool.backends.clear();
  for (int number = 1; number <= kBackendCount; ++number) {
    const base::Endpoint any_port = *base::Endpoint::parse("127.0.0.1:0");
    pool.backends.push_back(
        backend_at(backends.add("backend-" + std::to_string(number), any_port)));
  }
  config::ListenerConfig listener = command_line.listener_defaults;
  listener.name = "demo";
  listener.pool = pool.name;
  listener.bind = listen;
  config.pools = {std::move(pool)};
  config.listeners = {std::move(listener)};
  if (config.max_connections == 0) config.max_connections = kMaxConnections;

  backends.start();
  return serve(config, command_line.warnings, print_what_to_try);
} catch (const std::exception& exception) {
  std::fprintf(stderr, "weir: demo: %s\n", exception.what());
  return kExitStart;
}

}  // namespace weir
