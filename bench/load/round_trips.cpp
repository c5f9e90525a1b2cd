// Closed loop: every connection sends a message, awaits its echo, checks it and sends the next.
#include "bench/load/arguments.h"
#include "bench/load/errors.h"
#include "bench/load/gate.h"
#include "bench/load/histogram.h"
#include "bench/load/modes.h"
#include "bench/load/poller.h"
#include "bench/load/visits.h"

#include <algorithm>
#include <limits>

namespace load {
namespace {

constexpr std::uint64_t kMostConnections = 19'900;
constexpr std::uint64_t kLongestMessageBytes = 16 * 1024 * 1024;
constexpr auto kDrainLimit = std::chrono::seconds(10);
constexpr auto kTurn = std::chrono::milliseconds(20);
constexpr std::uint64_t kNoLimit = std::numeric_limits<std::uint64_t>::max();

struct Window {
  std::uint64_t round_trips = 0;
  double seconds = 0;
  Errors errors;
};

class RoundTrips {
 public:
  RoundTrips(std::vector<Descriptor> connections, const Pattern& pattern, std::size_t bytes)
      : pattern_(pattern), bytes_(bytes), sessions_(connections.size()) {
    for (std::size_t i = 0; i < sessions_.size(); ++i) {
      sessions_[i].fd = std::move(connections[i]);
      poller_.add(sessions_[i].fd.get(), EPOLLIN, i);
    }
  }

  // Starts messages for `length` or until `limit` were started, lets the last ones come back, then
  // returns.
  Window run(std::chrono::nanoseconds length, std::uint64_t limit) {
    Window window;
    histogram_.clear();
    left_to_start_ = limit;
    const auto begin = Clock::now();
    end_ = begin + length;
    for (std::size_t i = 0; i < sessions_.size(); ++i) start_next(i, Clock::now(), window.errors);
    auto last = begin;
    while (under_way_ > 0 && Clock::now() < end_ + kDrainLimit) {
      for (const epoll_event& event : poller_.wait(kTurn)) {
        if (advance(event.data.u64, event.events, window)) last = Clock::now();
      }
    }
    window.errors.stalled = under_way_;
    window.seconds = std::chrono::duration<double>(last - begin).count();
    return window;
  }

  const Histogram& histogram() const { return histogram_; }

 private:
  struct Session {
    Descriptor fd;
    Exchange exchange;
    std::uint64_t sequence = 0;
    bool is_under_way = false;
    bool waits_to_send = false;
  };

  void start_next(std::size_t index, Clock::time_point now, Errors& errors) {
    Session& session = sessions_[index];
    if (!session.fd || left_to_start_ == 0 || now >= end_) return;
    --left_to_start_;
    ++under_way_;
    session.is_under_way = true;
    session.exchange.begin(pattern_.message(index, ++session.sequence, bytes_), now);
    send(session, index, errors);
  }

  void send(Session& session, std::size_t index, Errors& errors) {
    const Progress progress = session.exchange.send_on(session.fd.get());
    if (progress != Progress::waiting) return fail(session, progress, errors);
    if (session.exchange.has_unsent() == session.waits_to_send) return;
    session.waits_to_send = session.exchange.has_unsent();
    poller_.modify(session.fd.get(), session.waits_to_send ? EPOLLIN | EPOLLOUT : EPOLLIN, index);
  }

  void fail(Session& session, Progress ending, Errors& errors) {
    errors.count(ending);
    session.fd.reset();
    finish(session);
  }

  void finish(Session& session) {
    if (session.is_under_way) --under_way_;
    session.is_under_way = false;
  }

  // True when a round trip ended.
  bool advance(std::size_t index, std::uint32_t events, Window& window) {
    Session& session = sessions_[index];
    if ((events & EPOLLOUT) != 0) send(session, index, window.errors);
    if (!session.fd || (events & ~static_cast<std::uint32_t>(EPOLLOUT)) == 0) return false;
    // Anything that arrives unasked is an end, or bytes that nobody sent.
    const Progress progress =
        session.is_under_way ? session.exchange.receive_on(session.fd.get()) : Progress::closed;
    if (progress == Progress::waiting) return false;
    if (progress != Progress::complete) {
      fail(session, progress, window.errors);
      return false;
    }
    const auto now = Clock::now();
    histogram_.record(now - session.exchange.started());
    ++window.round_trips;
    finish(session);
    start_next(index, now, window.errors);
    return true;
  }

  const Pattern& pattern_;
  std::size_t bytes_;
  Poller poller_;
  std::vector<Session> sessions_;
  Histogram histogram_;
  Clock::time_point end_;
  std::uint64_t left_to_start_ = 0;
  std::size_t under_way_ = 0;
};

void print(const Window& window, const Histogram& histogram) {
  JsonLine line;
  line.add("round_trips", window.round_trips).add("seconds", window.seconds);
  line.add("rate", static_cast<double>(window.round_trips) / std::max(window.seconds, 1e-9));
  line.add("p50_us", histogram.percentile_us(0.5)).add("p90_us", histogram.percentile_us(0.9));
  line.add("p99_us", histogram.percentile_us(0.99)).add("p999_us", histogram.percentile_us(0.999));
  line.add("max_us", histogram.max_us());
  window.errors.add_to(line);
  line.print();
}

std::chrono::nanoseconds to_duration(double seconds) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
      std::chrono::duration<double>(seconds));
}

}  // namespace

int run_round_trips(const Words& words) {
  const Arguments arguments(
      words,
      {"--connect", "--connections", "--bytes", "--seconds", "--count", "--warm-up", "--sources"},
      {"--gated"});
  const auto connections = arguments.number("--connections", 64, 1, kMostConnections);
  const auto bytes = arguments.number("--bytes", 64, 1, kLongestMessageBytes);
  const auto count = arguments.number("--count", kNoLimit, 1, kNoLimit);
  const double seconds = arguments.seconds("--seconds", arguments.has("--count") ? 3600 : 1.5);
  const double warm_up = arguments.seconds("--warm-up", 0.2);
  VisitOptions options{.endpoint = Endpoint::parse(arguments.text("--connect"))};
  options.sources = static_cast<unsigned>(arguments.number("--sources", 0, 0, 254));
  require_descriptors(connections + 16);

  const Pattern pattern(bytes);
  RoundTrips round_trips(open_connections(options, connections, pattern), pattern, bytes);
  round_trips.run(to_duration(warm_up), kNoLimit).errors.require_none();
  Gate gate(arguments.has("--gated"));
  gate.announce_ready(connections);
  bool all_right = true;
  while (gate.next_window()) {
    const Window window = round_trips.run(to_duration(seconds), count);
    print(window, round_trips.histogram());
    all_right = all_right && window.errors.total() == 0;
  }
  return all_right ? 0 : 1;
}

}  // namespace load
