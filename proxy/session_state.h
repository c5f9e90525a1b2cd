#pragma once

#include "balancer/slot_array.h"
#include "base/clock.h"
#include "proxy/client_address.h"
#include "proxy/close_reason.h"
#include "proxy/deadlines.h"
#include "proxy/flow.h"
#include "proxy/setbacks.h"
#include "proxy/short_time.h"
#include "proxy/side.h"

#include <boost/intrusive/list.hpp>

#include <chrono>
#include <coroutine>
#include <cstdint>
#include <memory>

namespace weir::proxy {

using ListenerNumber = std::uint16_t;  ///< index of the server's listeners, for life
using PoolNumber = std::uint16_t;      ///< index of the server's pools, for life

/// Why an establishment that waited goes on.
enum class Wakeup : std::uint8_t {
  ready,        ///< the side that was waited for has something to say
  deadline,     ///< the time is up
  client_gone,  ///< the client has reset or closed for good
  stopping,     ///< the reactor is to stop: end now
};

/// Where a session is in its life.
///
///   establishing --both sides connected--> relaying --one side reset--> resetting --> ended
///        |                                    |                                        ^
///        +---- no backend, client gone, ... --+---- both FINs, deadline, fault --------+
enum class Stage : std::uint8_t { establishing, relaying, resetting, ended };

/// Which sides take no more while bytes are held for them, so that the other is not read.
struct Held {
  bool by_client = false;
  bool by_backend = false;
  bool operator==(const Held&) const = default;
};

/// What a session is, without the reactor that runs it: its two sockets and plain state. Can be
/// released by one engine and adopted by another; every pointer into a reactor is made anew there.
struct SessionState {
  Side downstream;
  Side upstream;
  Flow upload;    ///< downstream to upstream
  Flow download;  ///< upstream to downstream

  Stage stage = Stage::establishing;
  CloseReason reason;             ///< set when stage becomes resetting or ended
  bool first_fin_client = false;  ///< which side's stream ended first, once one has
  bool half_closed = false;
  bool close_with_reset = false;  ///< how both sockets are closed at the end
  bool answered = false;          ///< the backend has sent something
  bool closed_early = false;      ///< it closed without an answer, at once, before the client did
  bool keeps_alive = false;       ///< its sockets probe their peers
  bool counts_backend = false;    ///< it stands in its backend's published count
  bool holds_place = false;       ///< it stands in its backend's occupancy
  bool is_queued = false;         ///< it waits for a place
  How stopped_how = How::drain;   ///< how it ends when its establishment is to stop
  Held held;                      ///< as told to the observer last

  ListenerNumber listener = 0;
  PoolNumber pool = 0;
  balancer::SlotNumber slot = 0;
  std::uint8_t attempts = 0;

  std::chrono::milliseconds idle_timeout{0};
  std::chrono::milliseconds half_close_timeout{0};
  base::TimePoint accepted_at;
  base::TimePoint last_progress;   ///< bytes moved, or the stage changed
  base::TimePoint stage_deadline;  ///< of establishing's present wait, or of resetting
  base::TimePoint asked_at;        ///< since when the backend's first byte is awaited
  base::TimePoint held_by_client_since;
  base::TimePoint held_by_backend_since;
  ShortTime queue_time{0};        ///< that it waited for a place
  ShortTime connect_time{0};      ///< of the connect that succeeded
  ShortTime established_time{0};  ///< from accept to there
  ShortTime first_byte_time{0};   ///< from asked_at to the backend's first byte, once answered
  TcpSummary downstream_tcp;      ///< both at its end; the client's for the access log only
  TcpSummary upstream_tcp;
  std::unique_ptr<Setbacks> setbacks;  ///< null for most
  std::uint64_t accounted_upload = 0;  ///< bytes already added to the counters
  std::uint64_t accounted_download = 0;
  std::uint64_t ticket = 0;  ///< with which it waited for a place, of its pool; 0: it did not
  std::uint64_t grant = 0;   ///< with which it got one; 0: it did not
  ClientAddress client;
};

/// A session in an engine's slab: its state, and the hooks by which the engine finds it. Owned by
/// the engine, from create() or adopt() to the end of the turn in which it ended.
struct Session : SessionState, Timed {
  boost::intrusive::list_member_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>
      turn_hook;                   ///< on the engine's ready list or its ended list
  std::coroutine_handle<> waiter;  ///< the suspended establishment, while there is one
  Wakeup wakeup = Wakeup::ready;
  bool serve_at_tick = false;  ///< the next visit of the deadlines serves it (Next::check_later)
  std::uint32_t index = 0;     ///< in the slab, with the generation: what epoll carries
  std::uint32_t generation = 0;
};

}  // namespace weir::proxy
