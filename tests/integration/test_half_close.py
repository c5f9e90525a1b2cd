"""Half-close: FIN travels in both directions, after the last byte, and cuts nothing."""
import pytest

from harness import backends
from harness.peers import FIN, RESET
from harness.stage import together
from harness.stream import digest_of
from harness.wait import Stopwatch, eventually, pace

MIB = 1024 * 1024
REQUEST_BYTES = 300_000
SIMULTANEOUS_ENDS = 10_000


@pytest.mark.parametrize("reactors", [1, 2])
def test_an_answer_follows_the_clients_half_close(stage, reactors):
    """A1, A11: request, shutdown(WR), then 10 MiB the other way."""
    backend = stage.backend(backends.answer(10 * MIB, seed=2))
    proxy = stage.proxy([backend], reactors=reactors)
    client = stage.connect(proxy)
    client.send_stream(REQUEST_BYTES, seed=1)
    client.finish_writing()
    answer = client.receive_to_end()
    request = backend.outcome()
    assert (request.how, request.digest) == (FIN, digest_of(REQUEST_BYTES, seed=1))
    assert (answer.how, answer.digest) == (FIN, digest_of(10 * MIB, seed=2))
    proxy.wait_for_endings({("client", "fin"): 1})


def test_a_client_goes_on_after_the_servers_half_close(stage):
    """A2: the mirror of A1."""

    def behaviour(peer):
        peer.send_stream(REQUEST_BYTES, seed=1)
        peer.finish_writing()
        return peer.receive_to_end()

    backend = stage.backend(behaviour)
    proxy = stage.proxy([backend])
    client = stage.connect(proxy)
    greeting = client.receive_to_end()
    assert (greeting.how, greeting.digest) == (FIN, digest_of(REQUEST_BYTES, seed=1))
    client.send_stream(10 * MIB, seed=2)
    client.finish_writing()
    upload = backend.outcome()
    assert (upload.how, upload.digest) == (FIN, digest_of(10 * MIB, seed=2))
    proxy.wait_for_endings({("backend", "fin"): 1})


@pytest.mark.parametrize("reactors", [1, 2])
def test_both_sides_finish_at_the_same_time(stage, reactors):
    """A3: one clean end each, ten thousand times."""

    def behaviour(peer):
        peer.finish_writing()
        return peer.receive_to_end()

    backend = stage.backend(behaviour)
    proxy = stage.proxy([backend], reactors=reactors)

    def work(_):
        for _ in range(SIMULTANEOUS_ENDS // 4):
            client = stage.connect(proxy)
            client.finish_writing()
            assert client.receive_to_end().how == FIN
            client.close()

    together(4, work)
    if proxy.has_metrics:
        eventually(
            lambda: sum(proxy.metrics().endings().values()) == SIMULTANEOUS_ENDS,
            what="every session ended",
        )
        endings = proxy.metrics().endings()
        assert set(endings) <= {("client", "fin"), ("backend", "fin")}, endings
        assert proxy.counted("weir_listener_accepted_total") == SIMULTANEOUS_ENDS
    for _ in range(SIMULTANEOUS_ENDS):
        assert backend.outcome().how == FIN


@pytest.mark.parametrize("toward", ["client", "backend"])
def test_fin_waits_behind_data_that_a_slow_reader_has_not_taken(stage, toward):
    """A4: 50 MiB and FIN at once; the reader starts only when the writer has been stopped."""
    size = 50 * MIB
    if toward == "client":
        backend = stage.backend(backends.source(size), send_buffer=256 * 1024)
        proxy = stage.proxy([backend])
        client = stage.connect(proxy, receive_buffer=64 * 1024)
        eventually(lambda: backend.accepted, what="the backend is connected")
        pace(0.3)
        received = client.receive_to_end(bytes_per_second=40 * MIB)
        client.finish_writing()
        assert backend.outcome().how == FIN
    else:

        def behaviour(peer):
            pace(0.3)
            return peer.receive_to_end(bytes_per_second=40 * MIB)

        backend = stage.backend(behaviour, receive_buffer=64 * 1024)
        proxy = stage.proxy([backend])
        client = stage.connect(proxy)
        client.send_stream(size)
        client.finish_writing()
        received = backend.outcome()
    assert (received.how, received.size) == (FIN, size)
    assert received.digest == digest_of(size)


@pytest.mark.parametrize("toward", ["client", "backend"])
def test_the_last_bytes_before_a_fin_survive_a_stopped_reader(stage, toward):
    """A4: data and FIN wait together in the proxy until somebody reads."""
    size = 200_000
    if toward == "client":
        backend = stage.backend(backends.source(size))
        proxy = stage.proxy([backend])
        client = stage.connect(proxy, receive_buffer=4096)
        eventually(lambda: backend.accepted and backend.connections[0].sent == size, what="sent")
        received = client.receive_to_end()
        client.close()
    else:
        backend = stage.backend(backends.sink, receive_buffer=4096)
        proxy = stage.proxy([backend])
        client = stage.connect(proxy)
        client.send_stream(size)
        client.finish_writing()
        received = backend.outcome()
    assert (received.how, received.digest) == (FIN, digest_of(size))


@pytest.mark.weir_only
@pytest.mark.parametrize("silent", ["client", "backend"])
def test_a_half_closed_session_whose_other_side_never_finishes_is_ended(stage, silent):
    """A12: half_close_timeout, 1 s here."""
    backend = stage.backend(backends.mute)
    proxy = stage.proxy([backend], half_close_timeout="1s")
    client = stage.connect(proxy)
    eventually(lambda: backend.accepted, what="the backend is connected")
    server = backend.connections[0]
    finished, waiting = (client, server) if silent == "backend" else (server, client)
    watch = Stopwatch()
    finished.finish_writing()
    assert waiting.receive_to_end().how == FIN
    assert finished.receive_to_end(within=5).how in (FIN, RESET)
    assert watch.seconds() > 0.95, "ended before its time"
    proxy.wait_for_endings({("weir", "timeout"): 1})
    assert proxy.counted("weir_listener_closed_total", how="timeout", phase="half_closed") == 1


@pytest.mark.weir_only
def test_progress_after_a_half_close_keeps_the_session(stage):
    """A12: the half-close timeout runs without progress only; a slow answer is not cut."""
    pieces, interval = 8, 0.3

    def behaviour(peer):
        peer.receive_to_end()
        for index in range(pieces):
            peer.send_stream(1000, seed=index)
            pace(interval)
        peer.finish_writing()
        return peer.receive_to_end()

    backend = stage.backend(behaviour)
    proxy = stage.proxy([backend], half_close_timeout="1s")
    client = stage.connect(proxy)
    client.finish_writing()
    answer = client.receive_to_end()
    assert (answer.how, answer.size) == (FIN, pieces * 1000)
    assert answer.seconds > 1.5
    proxy.wait_for_endings({("client", "fin"): 1})


def test_a_request_and_its_fin_in_one_segment_are_both_forwarded(stage):
    """A1: data and FIN in one event (facts.md: a relay that stops at the short read hangs)."""
    backend = stage.backend(backends.answer(10, seed=3))
    proxy = stage.proxy([backend])
    for _ in range(200):
        client = stage.connect(proxy)
        client.send(b"GET")
        client.finish_writing()
        answer = client.receive_to_end()
        assert (answer.how, answer.digest) == (FIN, digest_of(10, seed=3))
        request = backend.outcome()
        assert (request.how, request.head) == (FIN, b"GET")
        client.close()
    proxy.wait_for_endings({("client", "fin"): 200})
