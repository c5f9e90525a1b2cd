"""What is told of each backend's sessions: how long, how near, how often held up, how long down."""
import pytest

from harness import backends
from harness.peers import FIN
from harness.wait import Stopwatch, eventually, patient

pytestmark = pytest.mark.weir_only

MIB = 1024 * 1024
SMALL_BUFFER = 64 * 1024
PAUSES = "weir_backend_backpressure_pauses_total"
PAUSED = "weir_backend_paused_seconds_total"
DOWNTIME = "weir_backend_downtime_seconds_total"
LONGER_THAN_A_VISIT = 15.0  # of the deadlines, which come each 6.4 s


def test_each_session_is_measured_once(stage):
    server = stage.backend(backends.echo)
    proxy = stage.proxy([server], reactors=2)
    for _ in range(12):
        client = stage.connect(proxy)
        client.echo()
        client.finish_writing()
        assert client.receive_to_end().how == FIN
    proxy.wait_for_endings({("client", "fin"): 12})
    metrics = proxy.metrics()
    labels = {"pool": "default", "backend": server.address}
    assert metrics.sum("weir_backend_session_seconds_count", **labels) == 12
    assert metrics.sum("weir_backend_tcp_rtt_seconds_count", **labels) == 12
    whole = metrics.sum("weir_listener_session_seconds_sum")
    assert 0 < metrics.sum("weir_backend_session_seconds_sum", **labels) <= whole
    assert 0 < metrics.sum("weir_backend_tcp_rtt_seconds_sum", **labels) < 1
    assert metrics.sum("weir_backend_tcp_retransmits_total", **labels) == 0
    assert len(metrics.find(PAUSES, **labels)) == len(metrics.find(PAUSED, **labels)) == 2
    assert metrics.sum(DOWNTIME, **labels) == 0


def test_who_was_never_connected_is_no_session_of_the_backend(stage):
    refuser = stage.refuser()
    proxy = stage.proxy([refuser], retries=0)
    stage.connect(proxy).receive_to_end()
    proxy.wait_for_endings({("backend", "refused"): 1})
    assert proxy.counted("weir_backend_session_seconds_count") == 0
    assert proxy.counted("weir_backend_tcp_rtt_seconds_count") == 0


def test_segments_that_were_sent_again_are_counted(stage):
    """A full backlog drops the first SYN; the kernel sends it again after a second."""
    hole = stage.black_hole()
    proxy = stage.proxy([hole], connect_timeout="10s")
    client = stage.connect(proxy)
    proxy.wait_for_count("weir_backend_connect_attempts_total", 1)
    server = stage.adopt(hole.open_up())
    server.send(b"x")
    assert client.receive(1) == b"x"
    client.close()
    server.close()
    eventually(
        lambda: proxy.counted("weir_backend_tcp_retransmits_total") >= 1, what="a retransmit"
    )


@pytest.mark.parametrize("side", ["client", "backend"])
def test_a_side_that_takes_no_more_is_told_apart_from_the_other(stage, side):
    """A pause is counted while it lasts, ends with the bytes taken, and is not the other side's."""
    server = stage.backend(backends.mute, send_buffer=SMALL_BUFFER, receive_buffer=SMALL_BUFFER)
    proxy = stage.proxy([server])
    client = stage.connect(proxy, receive_buffer=SMALL_BUFFER)
    eventually(lambda: server.accepted, what="connected")
    upstream = server.connections[0]
    writer, reader = (upstream, client) if side == "client" else (client, upstream)
    other = "backend" if side == "client" else "client"
    watch = Stopwatch()
    sent = writer.send_until_stalled()
    proxy.wait_for_count(PAUSES, 1, side=side)
    eventually(
        lambda: proxy.counted(PAUSED, side=side) > 1, LONGER_THAN_A_VISIT, "counted meanwhile"
    )
    writer.finish_writing()
    received = reader.receive_to_end()
    lasted = watch.seconds()
    assert (received.how, received.size) == (FIN, sent)
    client.close()
    upstream.close()
    proxy.wait_until_at_rest()
    paused = proxy.counted(PAUSED, side=side)
    assert 1 < paused <= lasted
    assert proxy.counted(PAUSED, side=other) == proxy.counted(PAUSES, side=other) == 0
    eventually(lambda: proxy.counted(PAUSED, side=side) == paused, what="it stands still")


def test_a_session_that_ends_in_a_pause_counts_it_to_its_end(stage):
    server = stage.backend(backends.source(8 * MIB), send_buffer=SMALL_BUFFER)
    proxy = stage.proxy([server])
    client = stage.connect(proxy, receive_buffer=SMALL_BUFFER)
    proxy.wait_for_count(PAUSES, 1, side="client")
    assert proxy.counted(PAUSED) == 0, "too early to tell"
    client.reset()
    proxy.wait_until_at_rest()
    assert 0 < proxy.counted(PAUSED, side="client") < patient(5)


def test_downtime_grows_while_a_backend_is_unhealthy_and_not_after(stage):
    refuser = stage.refuser()
    live = stage.backend(backends.echo)
    proxy = stage.proxy(
        [refuser, live], check="tcp interval=100ms timeout=200ms fast=100ms fall=2 rise=2"
    )

    def down():
        return proxy.counted(DOWNTIME, backend=refuser.address)

    eventually(lambda: down() > 0.2, 10, "it is down")
    refuser.open_up(backends.echo)
    proxy.wait_for_line("is healthy again")
    proxy.wait_for_count("weir_pool_members", 2, state="healthy")
    total = down()
    transitions = proxy.counted("weir_backend_checks_total", backend=refuser.address)
    eventually(
        lambda: proxy.counted("weir_backend_checks_total", backend=refuser.address)
        > transitions + 3,
        what="time passes",
    )
    assert down() == total
    assert proxy.counted(DOWNTIME, backend=live.address) == 0


def test_downtime_counts_an_ejection(stage):
    server = stage.backend(backends.accept_and_close)
    others = [stage.backend(backends.echo) for _ in range(2)]
    proxy = stage.proxy(
        [server, *others], balance="round_robin", eject_after=1, eject_time="1s", retries=0
    )
    for _ in range(6):
        client = stage.connect(proxy)
        client.receive_to_end(within=0.2)
        client.close()
    proxy.wait_for_line("is ejected")
    proxy.wait_for_line("is let back")
    assert proxy.counted(DOWNTIME, backend=server.address) >= 0.9


def test_who_begins_unhealthy_is_down_from_the_start(stage):
    check = "tcp initial=unhealthy rise=100 interval=1h fast=1h"
    proxy = stage.proxy([stage.backend(backends.echo)], check=check)
    eventually(lambda: proxy.counted(DOWNTIME) > 0.2, what="it is down")
