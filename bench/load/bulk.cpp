// A few flows at full speed in one direction: down reads from a `source` backend, up writes to a
// `sink` backend.
#include "bench/load/arguments.h"
#include "bench/load/errors.h"
#include "bench/load/gate.h"
#include "bench/load/json_line.h"
#include "bench/load/modes.h"
#include "bench/load/poller.h"
#include "bench/load/visits.h"

#include <algorithm>
#include <cerrno>

namespace load {
namespace {

// A reader that takes much at a time and is woken seldom: what the load itself costs shall be small
// beside what the proxy costs. (The kernel makes the receive buffer large enough for it. The sink
// of the other direction has to compare what it reads, and reads as it can.)
constexpr std::size_t kReadBytes = 1024 * 1024;
constexpr int kWakeBytes = 512 * 1024;
constexpr auto kTurn = std::chrono::milliseconds(20);

class Bulk {
 public:
  // `checks` compares every byte read; without it they are dropped in the kernel, so that the
  // load's core is no limit.
  Bulk(std::vector<Descriptor> connections, const Pattern& pattern, bool reads, bool checks)
      : pattern_(pattern), reads_(reads), checks_(checks), scratch_(kReadBytes) {
    for (Descriptor& fd : connections) {
      if (reads) wake_for_much(fd.get());
      poller_.add(fd.get(), reads ? EPOLLIN : EPOLLOUT, flows_.size());
      flows_.push_back(Flow{std::move(fd), 0});
    }
  }

  void run(double seconds) {
    errors_ = {};
    bytes_ = 0;
    const auto begin = Clock::now();
    const auto end = begin + std::chrono::duration<double>(seconds);
    while (Clock::now() < end) {
      for (const epoll_event& event : poller_.wait(kTurn)) step(flows_[event.data.u64]);
    }
    seconds_ = std::chrono::duration<double>(Clock::now() - begin).count();
  }

  const Errors& errors() const { return errors_; }

  void print() const {
    JsonLine line;
    line.add("bytes", bytes_).add("seconds", seconds_);
    line.add("rate", static_cast<double>(bytes_) / std::max(seconds_, 1e-9));
    errors_.add_to(line);
    line.print();
  }

 private:
  struct Flow {
    Descriptor fd;
    std::uint64_t position = 0;
  };

  static void wake_for_much(int fd) {
    if (::setsockopt(fd, SOL_SOCKET, SO_RCVLOWAT, &kWakeBytes, sizeof kWakeBytes) != 0)
      throw_errno("SO_RCVLOWAT");
  }

  ssize_t read_from(const Flow& flow) {
    const int flags = checks_ ? 0 : MSG_TRUNC;  // tcp(7): the bytes are discarded, not copied
    return ::recv(flow.fd.get(), scratch_.data(), scratch_.size(), flags);
  }

  ssize_t write_to(const Flow& flow) {
    const auto piece = pattern_.stream(flow.position);
    return ::send(flow.fd.get(), piece.data(), piece.size(), MSG_NOSIGNAL);
  }

  void step(Flow& flow) {
    const ssize_t result = reads_ ? read_from(flow) : write_to(flow);
    if (result < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (result <= 0) return fail(flow, Progress::closed);
    const auto count = static_cast<std::size_t>(result);
    if (reads_ && checks_ &&
        !pattern_.stream_matches(flow.position, std::span(scratch_).first(count))) {
      return fail(flow, Progress::mismatched);
    }
    flow.position += count;
    bytes_ += count;
  }

  void fail(Flow& flow, Progress ending) {
    errors_.count(ending);
    flow.fd.reset();
  }

  const Pattern& pattern_;
  bool reads_;
  bool checks_;
  std::vector<char> scratch_;
  Poller poller_;
  std::vector<Flow> flows_;
  Errors errors_;
  std::uint64_t bytes_ = 0;
  double seconds_ = 0;
};

}  // namespace

int run_bulk(const Words& words) {
  const Arguments arguments(
      words, {"--connect", "--flows", "--direction", "--check", "--seconds", "--warm-up"},
      {"--gated", "--ask"});
  const auto flows = arguments.number("--flows", 4, 1, 1024);
  const double seconds = arguments.seconds("--seconds", 1.5);
  const double warm_up = arguments.seconds("--warm-up", 0.2);
  const VisitOptions options{.endpoint = Endpoint::parse(arguments.text("--connect")), .bytes = 0};

  const Pattern pattern(0);
  std::vector<Descriptor> connections = open_connections(options, flows, pattern);
  for (const Descriptor& fd : connections) {
    if (arguments.has("--ask") && ::send(fd.get(), kPour.data(), kPour.size(), MSG_NOSIGNAL) < 0)
      throw_errno("send");
  }
  Bulk bulk(std::move(connections), pattern, arguments.text("--direction", "down") == "down",
            arguments.text("--check", "full") == "full");
  bulk.run(warm_up);
  bulk.errors().require_none();
  Gate gate(arguments.has("--gated"));
  gate.announce_ready(flows);
  bool all_right = true;
  while (gate.next_window()) {
    bulk.run(seconds);
    bulk.print();
    all_right = all_right && bulk.errors().total() == 0;
  }
  return all_right ? 0 : 1;
}

}  // namespace load
