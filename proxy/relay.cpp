#include "proxy/relay.h"

#include "base/fault_point.h"
#include "config/config.h"

#include <array>
#include <cerrno>

namespace weir::proxy {
namespace {

/// The two sides and flows as they look from the side that was reset.
struct ResetView {
  Side& reset;
  Side& other;
  Flow& to_other;    ///< what the reset side had sent: still to be delivered
  Flow& from_other;  ///< has nowhere to go any more
};

ResetView view_of(SessionState& session) noexcept {
  if (session.downstream.failed())
    return {session.downstream, session.upstream, session.upload, session.download};
  return {session.upstream, session.downstream, session.download, session.upload};
}

How how_of(std::uint16_t error) noexcept {
  switch (error) {
    case ETIMEDOUT: return How::timeout;
    case ECONNRESET:
    case EPIPE: return How::reset;
    default: return How::error;
  }
}

Next end_in_order(SessionState& session) noexcept {
  session.reason = {session.first_fin_client ? Who::client : Who::backend, How::fin,
                    Phase::half_closed};
  session.close_with_reset = false;
  return Next::end;
}

Next serve_resetting(SessionState& session, FlowResources& resources, base::TimePoint now) {
  const ResetView view = view_of(session);
  const bool late = now >= session.stage_deadline;
  session.close_with_reset = !view.other.fin_sent;
  if (view.other.failed() || late) return Next::end;

  if (!view.reset.ended || view.to_other.has_unsent()) {
    const Flow::Step step = view.to_other.step(view.reset, view.other, resources);
    if (step == Flow::Step::again) return Next::again;
    if (view.other.failed()) return Next::end;
    if (!view.reset.ended || view.to_other.has_unsent()) return Next::check_later;
  }
  return view.other.send_queue_empty() ? Next::end : Next::check_later;
}

Next begin_reset(SessionState& session, FlowResources& resources, base::TimePoint now) {
  const ResetView view = view_of(session);
  session.reason = {&view.reset == &session.downstream ? Who::client : Who::backend,
                    how_of(view.reset.error), phase_of(session)};
  session.stage = Stage::resetting;
  session.stage_deadline = now + kResetDeliveryLimit;
  view.from_other.discard(resources);
  view.reset.readable = !view.reset.ended;
  view.reset.read_on = true;
  return serve_resetting(session, resources, now);
}

/// The wait for the first byte begins with the first one sent to the backend, or with the connect
/// where the backend speaks first.
void note_answer(SessionState& session, std::uint64_t uploaded_before, base::TimePoint now) {
  const Side& upstream = session.upstream;
  if (session.download.moved_bytes() > 0) {
    session.answered = true;
    session.first_byte_time = short_time(now - session.asked_at);
  } else if ((upstream.ended || upstream.failed()) && !session.downstream.ended) {
    session.closed_early = session.closed_early || now - session.asked_at < kEarlyClose;
  } else if (uploaded_before == 0 && session.upload.moved_bytes() > 0) {
    session.asked_at = now;
  }
}

/// Lets the end of a stream follow its last byte. The last FIN of the two is left to close(2).
void forward_end(SessionState& session, const Flow& flow, const Side& source, Side& sink,
                 bool other_ended) noexcept {
  if (!flow.ended(source) || sink.fin_sent) return;
  if (!session.half_closed) {
    session.half_closed = true;
    session.first_fin_client = &source == &session.downstream;
  }
  if (!other_ended) sink.shutdown_write();
}

Next serve_relaying(SessionState& session, FlowResources& resources, base::TimePoint now) {
  Side& downstream = session.downstream;
  Side& upstream = session.upstream;
  const std::uint64_t uploaded_before = session.upload.moved_bytes();
  const Flow::Step upload = session.upload.step(downstream, upstream, resources);
  const Flow::Step download = session.download.step(upstream, downstream, resources);
  if (!session.answered) note_answer(session, uploaded_before, now);
  if (downstream.failed() || upstream.failed()) return begin_reset(session, resources, now);

  const bool upload_ended = session.upload.ended(downstream);
  const bool download_ended = session.download.ended(upstream);
  if (upload_ended || download_ended) {
    forward_end(session, session.upload, downstream, upstream, download_ended);
    forward_end(session, session.download, upstream, downstream, upload_ended);
    if (upload_ended && download_ended) return end_in_order(session);
  }
  if (upload == Flow::Step::again || download == Flow::Step::again) return Next::again;
  return upload == Flow::Step::later || download == Flow::Step::later ? Next::check_later
                                                                      : Next::wait;
}

}  // namespace

std::string_view to_string(Next next) noexcept {
  constexpr std::array<std::string_view, kNextCount> kNames = {"wait", "again", "check_later",
                                                               "end"};
  return kNames[static_cast<std::size_t>(next)];
}

Served serve(SessionState& session, FlowResources& resources, base::TimePoint now) {
  WEIR_FAULT_POINT("relay.step");
  if (session.half_closed) WEIR_FAULT_POINT("relay.half_closed");
  const bool was_half_closed = session.half_closed;
  const std::uint64_t before = session.upload.moved_bytes() + session.download.moved_bytes();
  const Next next = session.stage == Stage::resetting ? serve_resetting(session, resources, now)
                                                      : serve_relaying(session, resources, now);
  const std::uint64_t after = session.upload.moved_bytes() + session.download.moved_bytes();
  if (after != before || session.half_closed != was_half_closed) session.last_progress = now;
  return {next, after - before};
}

base::TimePoint next_deadline(const SessionState& session) noexcept {
  if (session.stage != Stage::relaying) return session.stage_deadline;
  const auto timeout = session.half_closed ? session.half_close_timeout : session.idle_timeout;
  if (timeout == config::kNever) return base::TimePoint::max();
  return session.last_progress + timeout;
}

bool deadline_passed(SessionState& session, base::TimePoint now) noexcept {
  if (session.stage != Stage::relaying || now < next_deadline(session)) return false;
  session.reason = {Who::weir, How::timeout, phase_of(session)};
  session.close_with_reset = true;
  return true;
}

Phase phase_of(const SessionState& session) noexcept {
  if (session.stage == Stage::establishing) return Phase::connect;
  return session.half_closed ? Phase::half_closed : Phase::relay;
}

}  // namespace weir::proxy
