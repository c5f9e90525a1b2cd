#include "balancer/resolver.h"

#include "balancer/service_records.h"
#include "base/log.h"

#include <ares.h>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <sys/time.h>

#include <algorithm>
#include <map>
#include <new>
#include <stdexcept>

namespace weir::balancer {
namespace {

using boost::asio::posix::descriptor_base;
using boost::asio::posix::stream_descriptor;

/// c-ares wants its library state made once in a process.
void initialise_library() {
  static const int status = ::ares_library_init(ARES_LIB_INIT_ALL);
  if (status != ARES_SUCCESS) throw std::runtime_error(::ares_strerror(status));
}

Resolver::Answer answer_of(const ares_addrinfo& info) {
  Resolver::Answer answer;
  answer.ttl = std::chrono::seconds::max();
  for (const ares_addrinfo_node* node = info.nodes; node != nullptr; node = node->ai_next) {
    const auto endpoint = base::Endpoint::from_kernel(node->ai_addr, node->ai_addrlen);
    if (endpoint) answer.addresses.push_back({*endpoint});
    answer.ttl = std::min(answer.ttl, std::chrono::seconds(std::max(node->ai_ttl, 0)));
  }
  for (const ares_addrinfo_cname* name = info.cnames; name != nullptr; name = name->next)
    answer.ttl = std::min(answer.ttl, std::chrono::seconds(std::max(name->ttl, 0)));
  if (answer.addresses.empty()) answer.error = "no address";
  return answer;
}

std::string joined(const std::vector<base::Endpoint>& nameservers) {
  std::string list;
  for (const base::Endpoint& server : nameservers)
    list += (list.empty() ? "" : ",") + server.to_string();
  return list;
}

}  // namespace

/// The c-ares channel and the sockets it has open. c-ares says which sockets it wants watched; the
/// descriptors here only borrow them.
class Resolver::Channel {
 public:
  Channel(boost::asio::io_context& context, const std::vector<base::Endpoint>& nameservers)
      : context_(context), timer_(context) {
    initialise_library();
    ares_options options{};
    options.timeout = static_cast<int>(kPatience.count());
    options.tries = kTries;
    options.sock_state_cb = [](void* self, ares_socket_t fd, int readable, int writable) {
      try {
        static_cast<Channel*>(self)->socket_changed(fd, readable != 0, writable != 0);
      } catch (
          const std::exception& exception) {  // it must not pass through C; the query times out
        base::log::warning("names: cannot watch a socket: {}", exception.what());
      }
    };
    options.sock_state_cb_data = this;
    const int status = ::ares_init_options(
        &channel_, &options, ARES_OPT_SOCK_STATE_CB | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES);
    if (status != ARES_SUCCESS) throw std::runtime_error(::ares_strerror(status));
    if (nameservers.empty()) return;
    const int taken = ::ares_set_servers_ports_csv(channel_, joined(nameservers).c_str());
    if (taken == ARES_SUCCESS) return;
    ::ares_destroy(channel_);
    throw std::runtime_error(std::string("nameservers: ") + ::ares_strerror(taken));
  }

  ~Channel() {
    closing_ = true;
    ::ares_destroy(channel_);
  }

  void resolve(const std::string& name, std::uint16_t port, Answered answered) {
    ares_addrinfo_hints hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = ARES_AI_NUMERICSERV | ARES_AI_NOSORT;  // the pool sorts
    const auto came = [](void* argument, int status, int, ares_addrinfo* info) {
      const std::unique_ptr<Query> query(static_cast<Query*>(argument));
      const std::unique_ptr<ares_addrinfo, decltype(&::ares_freeaddrinfo)> owner(
          info, &::ares_freeaddrinfo);
      if (!query->channel->closing_) query->channel->answered(*query, status, info);
    };
    auto query = std::make_unique<Query>(Query{this, std::move(answered)});
    ::ares_getaddrinfo(channel_, name.c_str(), std::to_string(port).c_str(), &hints, came,
                       query.release());
    arm_timer();
  }

  void resolve_service(const std::string& name, Answered answered) {
    const auto came = [](void* argument, int status, int, unsigned char* bytes, int size) {
      const std::unique_ptr<Query> query(static_cast<Query*>(argument));
      if (!query->channel->closing_) query->channel->service_answered(*query, status, bytes, size);
    };
    auto query = std::make_unique<Query>(Query{this, std::move(answered)});
    ::ares_query(channel_, name.c_str(), kInternet, kServiceRecord, came, query.release());
    arm_timer();
  }

 private:
  static constexpr int kInternet = 1;        // ns_c_in
  static constexpr int kServiceRecord = 33;  // ns_t_srv

  struct Query {
    Channel* channel;
    Answered answered;
  };
  /// A service whose targets are being asked for.
  struct Service {
    Answered answered;
    Answer answer;
    std::size_t awaited = 0;
  };

  /// As answered(): nothing may throw through c-ares' frames, and asking goes on in a post.
  void service_answered(const Query& query, int status, const unsigned char* bytes,
                        int size) noexcept {
    try {
      ServiceRecords records;
      if (status == ARES_SUCCESS)
        records = ServiceRecords::parse(bytes, size);
      else
        records.error = ::ares_strerror(status);
      boost::asio::post(context_, [this, tell = query.answered, records = std::move(records)] {
        ask_for_targets(records, tell);
      });
    } catch (const std::bad_alloc&) {
      base::log::error("names: no memory for an answer");
    }
  }

  void ask_for_targets(const ServiceRecords& records, const Answered& tell) {
    if (records.targets.empty()) return tell({{}, {}, records.error});
    const auto service = std::make_shared<Service>();
    service->answered = tell;
    service->answer.ttl = records.ttl;
    service->awaited = records.targets.size();
    for (const ServiceRecords::Target& target : records.targets)
      resolve(target.host, target.port, [service, target](const Answer& answer) {
        if (answer.addresses.empty()) service->answer.error = target.host + ": " + answer.error;
        const auto count = static_cast<unsigned>(answer.addresses.size());
        for (const NamedAddress& address : answer.addresses)  // they share their target's weight
          service->answer.addresses.push_back(
              {address.endpoint, std::max(target.weight / count, 1U), target.priority});
        service->answer.ttl = std::min(service->answer.ttl, answer.ttl);
        if (--service->awaited > 0) return;
        if (!service->answer.error.empty()) service->answer.addresses.clear();
        service->answered(std::move(service->answer));
      });
  }

  /// Answers are posted: they may throw, and must not do so through c-ares' frames of C. One that
  /// cannot be posted for want of memory is lost.
  void answered(const Query& query, int status, const ares_addrinfo* info) noexcept {
    try {
      Answer answer;
      if (status == ARES_SUCCESS)
        answer = answer_of(*info);
      else
        answer.error = ::ares_strerror(status);
      boost::asio::post(context_, [tell = query.answered, answer = std::move(answer)]() mutable {
        tell(std::move(answer));
      });
    } catch (const std::bad_alloc&) {
      base::log::error("names: no memory for an answer");
    }
  }

  /// One socket of c-ares: which directions it waits for, and which waits are pending.
  struct Watch {
    Watch(boost::asio::io_context& context, int fd) : descriptor(context, fd) {}
    ~Watch() { descriptor.release(); }
    stream_descriptor descriptor;
    bool wants_read = false;
    bool wants_write = false;
    bool reading = false;
    bool writing = false;
  };

  void socket_changed(ares_socket_t fd, bool readable, bool writable) {
    if (!readable && !writable) {
      watches_.erase(fd);
      return;
    }
    auto& watch = watches_[fd];
    if (watch == nullptr) watch = std::make_shared<Watch>(context_, fd);
    watch->wants_read = readable;
    watch->wants_write = writable;
    await(fd, watch);
  }

  void await(ares_socket_t fd, const std::shared_ptr<Watch>& watch) {
    if (watch->wants_read && !watch->reading) {
      watch->reading = true;
      watch->descriptor.async_wait(
          descriptor_base::wait_read,
          [this, fd, weak = std::weak_ptr(watch)](const boost::system::error_code& error) {
            if (auto alive = still(weak, error)) {
              alive->reading = false;
              alive.reset();  // c-ares may close this socket and open another of its number
              process(fd, fd, ARES_SOCKET_BAD);
            }
          });
    }
    if (watch->wants_write && !watch->writing) {
      watch->writing = true;
      watch->descriptor.async_wait(
          descriptor_base::wait_write,
          [this, fd, weak = std::weak_ptr(watch)](const boost::system::error_code& error) {
            if (auto alive = still(weak, error)) {
              alive->writing = false;
              alive.reset();  // c-ares may close this socket and open another of its number
              process(fd, ARES_SOCKET_BAD, fd);
            }
          });
    }
  }

  /// The watch, unless c-ares has dropped it, or this object is gone, while the wait was pending.
  static std::shared_ptr<Watch> still(const std::weak_ptr<Watch>& weak,
                                      const boost::system::error_code& error) {
    return error ? nullptr : weak.lock();
  }

  void process(ares_socket_t fd, ares_socket_t readable, ares_socket_t writable) {
    ::ares_process_fd(channel_, readable, writable);
    const auto found = watches_.find(fd);
    if (found != watches_.end()) await(fd, found->second);
    arm_timer();
  }

  /// c-ares resends and gives up by being called when its time has come.
  void arm_timer() {
    timeval limit{1, 0};
    timeval wait{};
    const timeval* const due = ::ares_timeout(channel_, &limit, &wait);
    if (watches_.empty()) {
      timer_.cancel();
      return;
    }
    timer_.expires_after(std::chrono::seconds(due->tv_sec) +
                         std::chrono::microseconds(due->tv_usec));
    timer_.async_wait([this](const boost::system::error_code& error) {
      if (error) return;
      ::ares_process_fd(channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
      arm_timer();
    });
  }

  boost::asio::io_context& context_;
  boost::asio::steady_timer timer_;
  ares_channel channel_ = nullptr;
  std::map<ares_socket_t, std::shared_ptr<Watch>> watches_;
  bool closing_ = false;
};

Resolver::Resolver(boost::asio::io_context& context, const std::vector<base::Endpoint>& nameservers)
    : channel_(std::make_unique<Channel>(context, nameservers)) {}

Resolver::~Resolver() = default;

void Resolver::resolve(const std::string& name, std::uint16_t port, Answered answered) {
  channel_->resolve(name, port, std::move(answered));
}

void Resolver::resolve_service(const std::string& name, Answered answered) {
  channel_->resolve_service(name, std::move(answered));
}

}  // namespace weir::balancer
