"""Backpressure: a stopped reader stops its writer, and memory stays where it was."""
import threading

import pytest

from harness import backends
from harness.peers import FIN, RESET
from harness.stage import together
from harness.stream import digest_of
from harness.wait import Stopwatch, eventually, pace, settled

MIB = 1024 * 1024
BIG_BYTES = 160 * MIB
STOPPED_READERS = 200
SMALL_BUFFER = 64 * 1024
HELD_BYTES = 64 * 1024  # in one direction, as docs/operations.md promises
# What such a session may cost: that, and what the allocator loses between pieces of any size.
SESSION_BYTES = 96 * 1024
ALLOCATOR_SLACK_BYTES = 4 * MIB


@pytest.mark.release_only("a sanitizer's shadow and quarantine are not the proxy's memory")
@pytest.mark.parametrize("direction", ["download", "upload"])
def test_a_slow_reader_costs_no_memory_and_loses_no_byte(stage, direction):
    """B1: the writer is stopped, the reader takes its time, every byte arrives."""
    peak = [0]

    def slow(peer):
        return peer.receive_to_end(within=60, bytes_per_second=64 * MIB)

    if direction == "download":
        backend = stage.backend(backends.source(BIG_BYTES), send_buffer=SMALL_BUFFER)
    else:
        go_on = []

        def behaviour(peer):
            eventually(lambda: go_on, 30, "the word to read")
            return slow(peer)

        backend = stage.backend(behaviour, receive_buffer=SMALL_BUFFER)
    proxy = stage.proxy([backend], reactors=1)
    client = stage.connect(proxy, receive_buffer=SMALL_BUFFER)
    eventually(lambda: backend.accepted, what="the backend is connected")
    before = proxy.resident_bytes()
    if direction == "download":
        stalled = settled(lambda: backend.connections[0].sent, what="the server's writing")
        received = watched(proxy, peak, lambda: slow(client))
    else:
        uploader = Uploader(client, BIG_BYTES)
        stalled = settled(lambda: client.sent, what="the client's writing")
        go_on.append(True)
        received = watched(proxy, peak, lambda: backend.outcome(within=60))
        uploader.join()
    assert 0 < stalled < BIG_BYTES / 2, "the writer was not stopped"
    assert (received.how, received.size) == (FIN, BIG_BYTES)
    assert received.digest == digest_of(BIG_BYTES)
    assert peak[0] - before <= ALLOCATOR_SLACK_BYTES, f"grew by {peak[0] - before} bytes"


class Uploader:
    """Sends in a thread of its own and then finishes."""

    def __init__(self, client, size):
        def run():
            client.send_stream(size)
            client.finish_writing()

        self._thread = threading.Thread(target=run, daemon=True)
        self._thread.start()

    def join(self):
        self._thread.join(30)
        assert not self._thread.is_alive()


def watched(proxy, peak, work):
    """work(), while the largest resident size is noted."""
    done = threading.Event()

    def watch():
        while not done.is_set():
            peak[0] = max(peak[0], proxy.resident_bytes())
            done.wait(0.02)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        return work()
    finally:
        done.set()
        watcher.join()


@pytest.mark.release_only("a sanitizer's shadow and quarantine are not the proxy's memory")
def test_stopped_readers_cost_a_bounded_amount_each(stage):
    """B2: 200 of them; the relay keeps at most the unsent rest of one read for each."""
    backend = stage.backend(backends.source(8 * MIB), send_buffer=SMALL_BUFFER)
    proxy = stage.proxy([backend], reactors=2)
    first = stage.connect(proxy, receive_buffer=SMALL_BUFFER)
    first.receive(1000)
    before = proxy.resident_bytes()
    clients = [
        stage.connect(proxy, receive_buffer=SMALL_BUFFER) for _ in range(STOPPED_READERS)
    ]
    eventually(lambda: backend.accepted == STOPPED_READERS + 1, 20, "all connected")
    settled(lambda: sum(peer.sent for peer in backend.connections), within=30, what="writing")
    growth = proxy.resident_bytes() - before
    assert growth <= STOPPED_READERS * SESSION_BYTES + ALLOCATOR_SLACK_BYTES, growth
    if proxy.has_metrics:
        held = proxy.counted("weir_reactor_buffer_bytes")
        assert 0 < held <= (STOPPED_READERS + 1) * HELD_BYTES, held
    assert proxy.cpu_share(0.5) < 0.05, "stopped sessions burn CPU"
    received = [client.receive_to_end(within=60) for client in clients[:20]]
    assert {(one.how, one.digest) for one in received} == {(FIN, digest_of(8 * MIB))}


def test_stopped_sessions_do_not_slow_the_others(stage):
    """B2: one reactor, 50 stopped readers, an echo beside them."""
    blocked = stage.backend(backends.source(8 * MIB), send_buffer=SMALL_BUFFER)
    lively = stage.backend(backends.echo)
    proxy = stage.proxy([blocked, lively], balance="round_robin", reactors=1)
    for _ in range(100):
        stage.connect(proxy, receive_buffer=SMALL_BUFFER)
    eventually(lambda: lively.accepted + blocked.accepted == 100, 20, "all connected")
    settled(lambda: sum(peer.sent for peer in blocked.connections), within=30, what="writing")
    before = lively.accepted
    client = stage.connect(proxy)
    eventually(lambda: lively.accepted + blocked.accepted == 101, what="connected")
    if lively.accepted == before:
        client = stage.connect(proxy)
    watch = Stopwatch()
    for _ in range(100):
        client.echo()
    assert watch.seconds() < 5


@pytest.mark.weir_only
@pytest.mark.parametrize("direction", ["download", "upload"])
def test_a_reader_that_stopped_for_ever_is_ended_by_the_idle_timeout(stage, direction):
    """B5: RST on both sides, counted as weir's timeout."""
    backend = stage.backend(backends.mute, send_buffer=SMALL_BUFFER, receive_buffer=SMALL_BUFFER)
    proxy = stage.proxy([backend], idle_timeout="1s")
    client = stage.connect(proxy, receive_buffer=SMALL_BUFFER)
    eventually(lambda: backend.accepted, what="connected")
    server = backend.connections[0]
    writer, reader = (server, client) if direction == "download" else (client, server)
    assert writer.send_until_reset(within=6), "the writer was never told"
    assert reader.receive_to_end(within=5).how == RESET
    proxy.wait_for_endings({("weir", "timeout"): 1})


@pytest.mark.weir_only
def test_a_reader_that_is_only_slow_is_not_ended_by_the_idle_timeout(stage):
    """B4 in small: progress is progress, however little."""
    size = 5 * MIB
    backend = stage.backend(backends.source(size), send_buffer=SMALL_BUFFER)
    proxy = stage.proxy([backend], idle_timeout="2s")
    client = stage.connect(proxy, receive_buffer=SMALL_BUFFER)
    received = client.receive_to_end(within=30, bytes_per_second=MIB)
    assert (received.how, received.digest) == (FIN, digest_of(size))
    assert received.seconds > 4
    client.finish_writing()
    proxy.wait_for_endings({("backend", "fin"): 1})


@pytest.mark.weir_only
def test_an_idle_session_is_ended_by_the_idle_timeout_and_an_active_one_is_not(stage):
    """B5: bytes in either direction count."""
    backend = stage.backend(backends.echo)
    proxy = stage.proxy([backend], idle_timeout="2s")
    active, idle = stage.connect(proxy), stage.connect(proxy)
    idle.echo()
    watch = Stopwatch()
    while watch.seconds() < 4.5:
        active.echo()
        pace(0.1)
    assert idle.receive_to_end(within=3).how == RESET
    active.echo()
    proxy.wait_for_endings({("weir", "timeout"): 1})


@pytest.mark.parametrize("reactors", [1, 2])
def test_random_streams_in_both_directions_at_once(stage, reactors):
    """B: 30 sessions, both directions, pieces of every size, checksums."""
    sizes = [1, 100, 16 * 1024, 65_536, 65_537, 1_000_003]

    def behaviour(peer):
        size = int(peer.receive(8))
        uploader = Uploader(peer, size)
        received = peer.receive_to_end()
        uploader.join()
        return received

    backend = stage.backend(behaviour)
    proxy = stage.proxy([backend], reactors=reactors)

    def work(index):
        size = sizes[index % len(sizes)]
        client = stage.connect(proxy)
        client.send(f"{size:08}".encode())
        uploader = Uploader(client, size)
        received = client.receive_to_end()
        uploader.join()
        assert (received.how, received.digest) == (FIN, digest_of(size))
        return size

    sizes_sent = together(30, work)
    outcomes = [backend.outcome() for _ in sizes_sent]
    assert sorted(one.digest for one in outcomes) == sorted(digest_of(n) for n in sizes_sent)
