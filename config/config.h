#pragma once

#include "base/endpoint.h"
#include "base/log.h"
#include "config/access_log_format.h"

#include <sys/types.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// What weir was told to do: plain values with their defaults, comparable and, once built, never
/// changed. Nothing running reads anything else. 0 stands for "not limited" or "automatic" where
/// the comment says so.
namespace weir::config {

/// What "off" stands for where a timeout may be switched off: it never passes. Compare with it
/// before adding a duration to a time point, because the sum would overflow.
inline constexpr std::chrono::milliseconds kNever = std::chrono::milliseconds::max();

/// Of one configuration: far above use, and below what numbers and slots can hold, some of which
/// are left for the addresses of names.
inline constexpr std::size_t kMostListeners = 10'000;
inline constexpr std::size_t kMostPools = 10'000;
inline constexpr std::size_t kMostBackends = 50'000;
/// Of one backend.
inline constexpr unsigned kLargestWeight = 256;
inline constexpr unsigned kLowestPriority = 15;
/// A session needs two descriptors, and a process may have 2^30 (fs.nr_open's ceiling).
inline constexpr std::uint32_t kMostConnections = 1U << 29;

enum class Balance : std::uint8_t {
  round_robin,
  least_connections,
  power_of_two,
  least_time,
  random,
  source_hash,
  maglev,
  first
};
/// What becomes of the sessions of a backend that checks find unhealthy.
enum class OnDown : std::uint8_t { keep, close };
enum class AcceptMode : std::uint8_t { distribute, reuseport };
enum class Placement : std::uint8_t { least_loaded, round_robin };
/// How bytes are moved: copied when little and spliced when much, always copied, always spliced.
enum class RelayMode : std::uint8_t { automatic, copy, splice };
enum class AdminRead : std::uint8_t { loopback, anyone };

/// How reactors are tied to CPUs: not at all, when there are enough CPUs, or to the CPUs named.
struct Pinning {
  enum class Mode : std::uint8_t { automatic, none, list };
  Mode mode = Mode::automatic;
  std::vector<unsigned> cpus;  ///< for list: reactor k runs on cpus[k % size]
  bool operator==(const Pinning&) const = default;
};

/// One thing that a check says, or wants to hear.
struct CheckStep {
  enum class Kind : std::uint8_t { send, expect, expect_regex };
  Kind kind = Kind::send;
  std::string text;  ///< the bytes themselves, or a pattern of RE2
  bool operator==(const CheckStep&) const = default;
};

/// How a pool finds out by itself whether its backends are well.
struct CheckConfig {
  enum class Kind : std::uint8_t { none, tcp, tls, http, https, redis, postgresql, mysql };
  Kind kind = Kind::none;
  std::chrono::milliseconds interval = std::chrono::seconds(2);
  std::optional<std::chrono::milliseconds> fast_interval{};  ///< empty: see interval_while_changing
  std::chrono::milliseconds timeout = std::chrono::seconds(1);
  std::uint32_t rise = 2;             ///< successes in a row that make it healthy
  std::uint32_t fall = 3;             ///< failures in a row that make it unhealthy
  std::uint32_t jitter_percent = 10;  ///< of the interval, either way
  std::uint32_t port = 0;             ///< 0: the backend's own
  bool starts_healthy = true;         ///< else it gets no sessions before checks have passed
  std::vector<CheckStep> steps{};     ///< of tcp and tls
  std::string server_name{};          ///< of tls and https: what the client asks for (SNI)
  std::string method = "GET";         ///< of http and https, as the rest
  std::string path = "/";
  std::string host{};  ///< empty: the backend's
  std::uint32_t least_status = 200;
  std::uint32_t most_status = 399;
  std::string user = "weir";  ///< of postgresql and mysql

  /// While results contradict the state: what was asked for, else half a second, or the interval if
  /// that is shorter.
  [[nodiscard]] std::chrono::milliseconds interval_while_changing() const noexcept {
    return fast_interval.value_or(std::min(interval, std::chrono::milliseconds(500)));
  }
  bool operator==(const CheckConfig&) const = default;
};

struct BackendConfig {
  std::string address;  ///< its identity: "HOST:PORT" or "unix:/path" as configured
  std::optional<base::Endpoint> endpoint;  ///< empty when HOST is a name to be resolved
  std::string host;                        ///< the name, when it is one
  std::uint16_t port = 0;                  ///< the name's port
  bool is_service = false;  ///< the name is of SRV records, which have port, weight and priority
  unsigned weight = 1;      ///< 0 to 256; 0 gets no new sessions
  unsigned priority = 0;    ///< its tier: a higher number waits for the lower ones
  unsigned max_connections = 0;  ///< over all reactors, exactly; 0: no limit
  bool operator==(const BackendConfig&) const = default;
};

struct PoolConfig {
  std::string name;
  Balance balance = Balance::least_connections;
  std::vector<BackendConfig> backends;
  std::uint32_t hash_balance_factor = 0;  ///< percent of a fair share; 0: no bound
  unsigned retries = 2;                   ///< further candidates after the first attempt
  CheckConfig check;
  OnDown on_down = OnDown::keep;
  std::chrono::milliseconds leave_timeout = std::chrono::seconds(30);  ///< of one that has left
  std::chrono::milliseconds resolve_interval = std::chrono::seconds(30);
  std::chrono::milliseconds resolve_min = std::chrono::seconds(1);
  std::chrono::milliseconds resolve_max = std::chrono::minutes(5);
  std::chrono::milliseconds slow_start{0};      ///< of a backend that comes back; 0: none
  std::uint32_t overprovisioning_factor = 140;  ///< percent that eligible members can bear
  std::uint32_t panic_threshold = 0;            ///< percent eligible below which all are used
  std::uint32_t eject_after = 0;                ///< failed sessions in a row; 0: never
  std::chrono::milliseconds eject_time = std::chrono::seconds(30);
  std::chrono::milliseconds eject_time_max = std::chrono::minutes(5);
  std::uint32_t max_ejection_percent = 50;
  std::chrono::milliseconds queue_timeout = std::chrono::seconds(30);  ///< while all are full
  std::uint32_t queue_limit = 10'000;  ///< that wait at a time; 0: nobody waits
  std::chrono::milliseconds connect_timeout = std::chrono::seconds(5);
  std::chrono::milliseconds idle_timeout = std::chrono::hours(1);          ///< or kNever
  std::chrono::milliseconds half_close_timeout = std::chrono::minutes(5);  ///< or kNever
  bool operator==(const PoolConfig&) const = default;
};

struct ListenerConfig {
  std::string name;
  base::Endpoint bind;
  std::optional<mode_t> unix_mode;  ///< of the socket file; the umask decides when empty
  std::string pool;
  unsigned backlog = 4096;
  std::uint32_t max_connections = 0;  ///< 0: only the process's limit
  bool operator==(const ListenerConfig&) const = default;
};

struct Config {
  unsigned reactors = 0;  ///< 0: as many as this process may use (affinity mask, cgroup quota)
  Pinning pin;
  AcceptMode accept = AcceptMode::distribute;
  Placement placement = Placement::least_loaded;
  RelayMode relay = RelayMode::automatic;
  std::uint32_t max_connections = 0;  ///< of the process; 0: as many as the descriptor limit allows

  std::optional<base::Endpoint> admin = base::Endpoint::parse("127.0.0.1:9900");  ///< empty: "none"
  mode_t admin_unix_mode = 0600;  ///< of its socket file, where it is a unix socket
  AdminRead admin_read = AdminRead::loopback;
  /// Host names, in lower case, that a Host header may hold besides addresses and localhost.
  std::vector<std::string> admin_hosts;
  std::string admin_token_file = "none";  ///< "none", or the path of a file that holds the token

  std::vector<base::Endpoint> nameservers;  ///< empty: the system's

  std::chrono::milliseconds stall_threshold{25};  ///< of a handler; 0: stalls are not looked for
  std::chrono::milliseconds heartbeat{100};       ///< how often a reactor measures its lag
  bool backend_histograms = true;                 ///< in /metrics

  std::chrono::milliseconds drain_delay = std::chrono::seconds(0);
  std::chrono::milliseconds drain_timeout = std::chrono::seconds(30);

  base::log::Level log_level = base::log::Level::info;
  std::string access_log = "none";  ///< "none", "stderr", a path or "unix:/path"
  AccessLogFormat access_log_format = AccessLogFormat::text();

  std::vector<ListenerConfig> listeners;  ///< in the order of the file; names are unique
  std::vector<PoolConfig> pools;

  [[nodiscard]] const PoolConfig* find_pool(const std::string& name) const noexcept;
  bool operator==(const Config&) const = default;
};

}  // namespace weir::config
