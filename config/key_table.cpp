#include "config/address.h"
#include "config/backend_address.h"
#include "config/balance_words.h"
#include "config/check_text.h"
#include "config/choice.h"
#include "config/duration.h"
#include "config/host_name.h"
#include "config/key.h"
#include "config/number.h"
#include "config/pinning.h"

#include <array>
#include <utility>

namespace weir::config {
namespace {

// Limits that keep a slip of the keyboard from becoming a thousand threads.
constexpr std::uint32_t kMostReactors = 1024;
constexpr std::uint32_t kMostRetries = 15;
constexpr std::uint32_t kMostFailures = 1'000'000;
constexpr std::uint32_t kLongestBacklog = 1'000'000;
constexpr std::uint32_t kMostWaiting = 1'000'000;

constexpr std::array<Choice<AcceptMode>, 2> kAcceptModes = {
    {{"distribute", AcceptMode::distribute}, {"reuseport", AcceptMode::reuseport}}};
constexpr std::array<Choice<Placement>, 2> kPlacements = {
    {{"least_loaded", Placement::least_loaded}, {"round_robin", Placement::round_robin}}};
constexpr std::array<Choice<RelayMode>, 3> kRelayModes = {
    {{"auto", RelayMode::automatic}, {"copy", RelayMode::copy}, {"splice", RelayMode::splice}}};
constexpr std::array<Choice<OnDown>, 2> kOnDowns = {
    {{"keep", OnDown::keep}, {"close", OnDown::close}}};
constexpr std::array<Choice<AdminRead>, 2> kAdminReads = {
    {{"loopback", AdminRead::loopback}, {"anyone", AdminRead::anyone}}};
constexpr std::array<Choice<bool>, 2> kSwitches = {{{"on", true}, {"off", false}}};
constexpr std::array<Choice<base::log::Level>, 4> kLogLevels = {
    {{"debug", base::log::Level::debug},
     {"info", base::log::Level::info},
     {"warning", base::log::Level::warning},
     {"error", base::log::Level::error}}};

template <const auto& Choices>
auto choice_of(std::string_view text) {
  return parse_choice(text, Choices);
}

template <std::uint32_t Least, std::uint32_t Most>
Parsed<std::uint32_t> number_between(std::string_view text) {
  return parse_number(text, Least, Most);
}

/// A count, or the word that stands for "weir decides" or "not limited": 0 in Config.
Parsed<std::uint32_t> count_or(std::string_view word, std::string_view text, std::uint32_t most,
                               std::uint32_t least = 1) {
  if (text == word) return 0U;
  auto count = parse_number(text, least, most);
  if (count.has_value()) return count;
  return Problem{count.error().text, count.error().remedy + ", or " + std::string(word)};
}
Parsed<std::uint32_t> parse_reactors(std::string_view text) {
  return count_or("auto", text, kMostReactors);
}
Parsed<std::uint32_t> parse_process_connections(std::string_view text) {
  return count_or("auto", text, kMostConnections);
}
Parsed<std::uint32_t> parse_eject_after(std::string_view text) {
  return count_or("off", text, kMostFailures);
}
Parsed<std::uint32_t> parse_listener_connections(std::string_view text) {
  return count_or("none", text, kMostConnections);
}

/// At 100 a backend would be full as soon as it has its share, and the hash would hardly count.
Parsed<std::uint32_t> parse_hash_balance_factor(std::string_view text) {
  return count_or("off", text, 1000, 101);
}

/// Often enough for a sign of life, whose absence counts after two seconds or four beats.
Parsed<std::chrono::milliseconds> parse_heartbeat(std::string_view text) {
  auto interval = parse_timeout(text);
  if (interval.has_value() && *interval > std::chrono::seconds(1))
    return Problem{quoted(text) + " is too long", "Give at most 1s"};
  return interval;
}

/// A path needs a slash, so that a mistyped "stderr" does not become the name of a file.
Parsed<std::string> parse_access_log(std::string_view text) {
  constexpr std::array<std::string_view, 2> kWords = {"none", "stderr"};
  if (text.starts_with("unix:")) {
    const auto receiver = parse_unix_address(text);
    if (receiver.has_error()) return receiver.error();
  }
  const bool is_word = text == kWords[0] || text == kWords[1];
  if (is_word || text.find('/') != std::string_view::npos) return std::string(text);
  const std::string meant = did_you_mean(text, kWords);
  return Problem{quoted(text) + " is neither a path nor unix:/path nor stderr nor none",
                 meant.empty() ? "A path holds a slash, as in ./access.log" : meant};
}

/// A path needs a slash here too.
Parsed<std::string> parse_token_file(std::string_view text) {
  if (text == "none" || text.find('/') != std::string_view::npos) return std::string(text);
  return Problem{quoted(text) + " is neither a path nor none",
                 "A path holds a slash, as in /etc/weir/token"};
}

Parsed<std::string> parse_pool_name(std::string_view text) { return std::string(text); }

template <typename Owner, typename Member>
Owner owner_of(Member Owner::*);

/// The setter of most keys: what Parse makes of the text goes into Member.
template <auto Member, auto Parse>
std::optional<Problem> set(decltype(owner_of(Member))& owner, std::string_view text) {
  auto parsed = Parse(text);
  if (parsed.has_error()) return parsed.error();
  owner.*Member = *std::move(parsed);
  return {};
}

std::optional<Problem> set_admin(Config& config, std::string_view text) {
  if (text == "none") {
    config.admin.reset();
    return {};
  }
  const auto address = parse_bind_address(text);
  if (address.has_error()) return address.error();
  config.admin = address->endpoint;
  if (address->unix_mode) config.admin_unix_mode = *address->unix_mode;
  return {};
}

std::optional<Problem> set_bind(ListenerConfig& listener, std::string_view text) {
  const auto address = parse_bind_address(text);
  if (address.has_error()) return address.error();
  listener.bind = address->endpoint;
  listener.unix_mode = address->unix_mode;
  return {};
}

std::optional<Problem> add_backend(PoolConfig& pool, std::string_view text) {
  auto backend = parse_backend(text);
  if (backend.has_error()) return backend.error();
  pool.backends.push_back(*std::move(backend));
  return {};
}

constexpr auto kEverywhere = Key::Reach::everywhere;
constexpr auto kSectionOnly = Key::Reach::section_only;
constexpr bool kOnce = false;
constexpr bool kRepeatable = true;

constexpr std::array kKeys = std::to_array<Key>({
    // The process.
    {"reactors", kEverywhere, kOnce, "reactors", "N|auto", "auto",
     "reactor threads, at most 1024; auto: as many as CPUs this process may use",
     &set<&Config::reactors, parse_reactors>},
    {"pin", kEverywhere, kOnce, "pin", "auto|none|LIST", "auto",
     "CPUs of the reactors, such as 0,2-3; auto: pinned when there are CPUs enough",
     &set<&Config::pin, parse_pinning>},
    {"accept", kEverywhere, kOnce, "accept", "distribute|reuseport", "distribute",
     "one thread accepts for all reactors, or each has its own socket",
     &set<&Config::accept, choice_of<kAcceptModes>>},
    {"placement", kEverywhere, kOnce, "placement", "least_loaded|round_robin", "least_loaded",
     "which reactor gets a new connection", &set<&Config::placement, choice_of<kPlacements>>},
    {"relay", kEverywhere, kOnce, "relay", "auto|copy|splice", "auto",
     "auto: copy what is little, splice(2) what is much; or always one of the two",
     &set<&Config::relay, choice_of<kRelayModes>>},
    {"max_connections", kEverywhere, kOnce, "max-connections", "N|auto", "auto",
     "connections of the process; auto: what its descriptors allow",
     &set<&Config::max_connections, parse_process_connections>},
    {"admin", kEverywhere, kOnce, "admin", "ADDR:PORT|unix:/path [mode=0600]|none",
     "127.0.0.1:9900", "where page, metrics, health and API answer", &set_admin},
    {"admin_read", kEverywhere, kOnce, "admin-read", "loopback|anyone", "loopback",
     "loopback: page and read API without a token only if admin is a loopback address; anyone: "
     "at any",
     &set<&Config::admin_read, choice_of<kAdminReads>>},
    {"admin_hosts", kEverywhere, kOnce, "admin-hosts", "NAMES", "",
     "further host names, between blanks or commas, under which the admin address is called",
     &set<&Config::admin_hosts, parse_host_names>},
    {"admin_token_file", kEverywhere, kOnce, "admin-token-file", "PATH|none", "none",
     "a file that holds the token for changes, and for reading from beyond loopback",
     &set<&Config::admin_token_file, parse_token_file>},
    {"nameservers", kEverywhere, kOnce, "nameservers", "ADDR[:PORT] ...", "",
     "name servers to ask for the names of backends, instead of the system's",
     &set<&Config::nameservers, parse_nameservers>},
    {"stall_threshold", kEverywhere, kOnce, "stall-threshold", "DURATION|off", "25ms",
     "time after which a reactor's handler is reported as a stall, with a backtrace",
     &set<&Config::stall_threshold, parse_duration_or_none>},
    {"heartbeat", kEverywhere, kOnce, "heartbeat", "DURATION", "100ms",
     "how often each reactor measures how late its timers are, and shows that it lives; 1s at most",
     &set<&Config::heartbeat, parse_heartbeat>},
    {"backend_histograms", kEverywhere, kOnce, "backend-histograms", "on|off", "on",
     "whether /metrics has the histograms of backends: about 20 lines for each and backend",
     &set<&Config::backend_histograms, choice_of<kSwitches>>},
    {"drain_delay", kEverywhere, kOnce, "drain-delay", "DURATION", "0s",
     "time after SIGTERM in which connections are still accepted",
     &set<&Config::drain_delay, parse_duration>},
    {"drain_timeout", kEverywhere, kOnce, "drain-timeout", "DURATION", "30s",
     "time after that in which connections may finish; the rest is reset",
     &set<&Config::drain_timeout, parse_duration>},
    {"log_level", kEverywhere, kOnce, "log-level", "debug|info|warning|error", "info",
     "the least important messages to log", &set<&Config::log_level, choice_of<kLogLevels>>},
    {"access_log", kEverywhere, kOnce, "access-log", "PATH|unix:/path|stderr|none", "none",
     "where a line for each connection goes at its end; to a unix socket as datagrams",
     &set<&Config::access_log, parse_access_log>},
    {"access_log_format", kEverywhere, kOnce, "access-log-format", "text|json|TEMPLATE", "text",
     "the form of those lines; a template has fields, as in '{client} {backend} {session_ms}'",
     &set<&Config::access_log_format, parse_access_log_format>},

    // Listeners.
    {"bind", kSectionOnly, kOnce, "listen", "ADDR:PORT|unix:/path [mode=0660]", "",
     "where to listen; required", &set_bind},
    {"pool", kSectionOnly, kOnce, "", "NAME", "",
     "the pool behind this listener; required when there is more than one",
     &set<&ListenerConfig::pool, parse_pool_name>},
    {"max_connections", kSectionOnly, kOnce, "", "N|none", "none",
     "connections of this listener, beside the limit of the process",
     &set<&ListenerConfig::max_connections, parse_listener_connections>},
    {"backlog", kEverywhere, kOnce, "backlog", "N", "4096",
     "connections that wait in the kernel to be accepted",
     &set<&ListenerConfig::backlog, number_between<1, kLongestBacklog>>},

    // Pools.
    {"backend", kSectionOnly, kRepeatable, "backend",
     "HOST:PORT|_SERVICE._tcp.NAME|unix:/path [weight=0..256] [priority=0..15] "
     "[max_connections=N]",
     "", "a server; required; once for each; weight 1, priority 0 and no limit unless given",
     &add_backend},
    {"balance", kEverywhere, kOnce, "balance",
     "least_connections|round_robin|power_of_two|least_time|random|source_hash|maglev|first",
     "least_connections", "which backend gets a new connection",
     &set<&PoolConfig::balance, choice_of<kBalances>>},
    {"hash_balance_factor", kEverywhere, kOnce, "hash-balance-factor", "101..1000|off", "off",
     "percent of its fair share that source_hash and maglev give a backend at most",
     &set<&PoolConfig::hash_balance_factor, parse_hash_balance_factor>},
    {"retries", kEverywhere, kOnce, "retries", "0..15", "2",
     "further backends to try when one cannot be reached",
     &set<&PoolConfig::retries, number_between<0, kMostRetries>>},
    {"check", kEverywhere, kOnce, "check",
     "none|tcp|tls|http|https|redis|postgresql|mysql [interval=2s timeout=1s rise=2 fall=3 "
     "fast=500ms jitter=10 port=PORT ...]",
     "none", "how each backend is checked; fast: the interval while results contradict its state",
     &set<&PoolConfig::check, parse_check>},
    {"on_down", kEverywhere, kOnce, "on-down", "keep|close", "keep",
     "what becomes of the sessions of a backend that checks find unhealthy",
     &set<&PoolConfig::on_down, choice_of<kOnDowns>>},
    {"leave_timeout", kEverywhere, kOnce, "leave-timeout", "DURATION", "30s",
     "time in which sessions of an address that its name has lost may finish; then they are reset",
     &set<&PoolConfig::leave_timeout, parse_duration>},
    {"resolve_interval", kEverywhere, kOnce, "resolve-interval", "DURATION", "30s",
     "time after which a name is asked for again, at the latest",
     &set<&PoolConfig::resolve_interval, parse_timeout>},
    {"resolve_min", kEverywhere, kOnce, "resolve-min", "DURATION", "1s",
     "and at the earliest, however short the records may be kept",
     &set<&PoolConfig::resolve_min, parse_timeout>},
    {"resolve_max", kEverywhere, kOnce, "resolve-max", "DURATION", "5m",
     "how long records are kept at most, however long they may be",
     &set<&PoolConfig::resolve_max, parse_timeout>},
    {"slow_start", kEverywhere, kOnce, "slow-start", "DURATION|off", "off",
     "time in which a backend that comes back grows from a tenth of its weight to all of it",
     &set<&PoolConfig::slow_start, parse_duration_or_none>},
    {"overprovisioning_factor", kEverywhere, kOnce, "overprovisioning-factor", "100..1000", "140",
     "percent of their part that the backends left of a priority can bear before the next helps",
     &set<&PoolConfig::overprovisioning_factor, number_between<100, 1000>>},
    {"panic_threshold", kEverywhere, kOnce, "panic-threshold", "0..100", "0",
     "percent of backends eligible below which all are used, whatever is known of their health",
     &set<&PoolConfig::panic_threshold, number_between<0, 100>>},
    {"eject_after", kEverywhere, kOnce, "eject-after", "N|off", "off",
     "sessions in a row that fail on a backend before it is ejected for a while",
     &set<&PoolConfig::eject_after, parse_eject_after>},
    {"eject_time", kEverywhere, kOnce, "eject-time", "DURATION", "30s",
     "how long, the first time; then twice, three times as long",
     &set<&PoolConfig::eject_time, parse_timeout>},
    {"eject_time_max", kEverywhere, kOnce, "eject-time-max", "DURATION", "5m", "how long at most",
     &set<&PoolConfig::eject_time_max, parse_timeout>},
    {"max_ejection_percent", kEverywhere, kOnce, "max-ejection-percent", "0..100", "50",
     "percent of a pool's backends that may be ejected at a time",
     &set<&PoolConfig::max_ejection_percent, number_between<0, 100>>},
    {"queue_timeout", kEverywhere, kOnce, "queue-timeout", "DURATION", "30s",
     "time that a connection waits while all backends have max_connections",
     &set<&PoolConfig::queue_timeout, parse_timeout>},
    {"queue_limit", kEverywhere, kOnce, "queue-limit", "0..1000000", "10000",
     "connections of a pool that may wait so; more are reset",
     &set<&PoolConfig::queue_limit, number_between<0, kMostWaiting>>},
    {"connect_timeout", kEverywhere, kOnce, "connect-timeout", "DURATION", "5s",
     "time for one attempt to reach a backend", &set<&PoolConfig::connect_timeout, parse_timeout>},
    {"idle_timeout", kEverywhere, kOnce, "idle-timeout", "DURATION|off", "1h",
     "time without a byte in either direction",
     &set<&PoolConfig::idle_timeout, parse_timeout_or_off>},
    {"half_close_timeout", kEverywhere, kOnce, "half-close-timeout", "DURATION|off", "5m",
     "time without a byte once one side has finished sending",
     &set<&PoolConfig::half_close_timeout, parse_timeout_or_off>},
});

}  // namespace

std::span<const Key> all_keys() { return kKeys; }

}  // namespace weir::config
