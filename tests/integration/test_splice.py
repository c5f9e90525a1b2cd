"""Moving much by splice: nothing lost, nothing stuck, no pipe leaked, a copy where it cannot be.

The other files run with `--relay copy` and `--relay splice` too (CMakeLists.txt); here are the
cases that only a splice has. HAProxy's bugs of this kind are named where they became a test.
"""
import threading

import pytest

from harness import backends
from harness.peers import FIN
from harness.stage import together
from harness.stream import digest_of
from harness.wait import eventually, pace, settled

pytestmark = pytest.mark.weir_only

MIB = 1024 * 1024
SMALL_BUFFER = 64 * 1024
RELAYED = "weir_reactor_relayed_bytes_total"


def download(stage, proxy, size, seed=1):
    client = stage.connect(proxy)
    received = client.receive_to_end()
    assert (received.how, received.digest) == (FIN, digest_of(size, seed))
    client.finish_writing()


def relayed(proxy, engine):
    return proxy.counted(RELAYED, engine=engine)


def test_much_is_spliced_and_little_is_copied(stage):
    """facts.md: copy for small reads, a pipe once a read fills the scratch buffer."""
    size = 64 * MIB
    bulk, echo = stage.backend(backends.source(size)), stage.backend(backends.echo)
    config = f"""
[listener.bulk]
bind = 127.0.0.1:0
pool = bulk
[listener.echo]
bind = 127.0.0.1:0
pool = echo
[pool.bulk]
backend = {bulk.address}
[pool.echo]
backend = {echo.address}
"""
    proxy = stage.proxy(config=config, relay="auto")
    client = stage.connect(proxy.listeners["echo"])
    for _ in range(100):
        client.echo(bytes(1000))
    assert relayed(proxy, "splice") == 0
    assert relayed(proxy, "copy") == 200_000
    download(stage, proxy.listeners["bulk"], size)
    eventually(lambda: relayed(proxy, "splice") + relayed(proxy, "copy") == size + 200_000)
    assert relayed(proxy, "splice") > 0.8 * size
    client.echo(bytes(1000))
    assert proxy.counted("weir_reactor_pipe_shortages_total") == 0


@pytest.mark.parametrize("mode", ["copy", "splice"])
def test_a_mode_is_what_it_says(stage, mode):
    """Design 6: --relay."""
    size = 8 * MIB
    proxy = stage.proxy([stage.backend(backends.source(size))], relay=mode)
    download(stage, proxy, size)
    eventually(lambda: relayed(proxy, mode) == size, what=f"all of it by {mode}")


def exchange(stage, proxy, sizes):
    """Both directions at once; both ends check what they got."""
    client = stage.connect(proxy)
    client.send(f"{sizes[1]:010}".encode())
    uploader = threading.Thread(
        target=lambda: (client.send_stream(sizes[0], seed=3), client.finish_writing()), daemon=True
    )
    uploader.start()
    received = client.receive_to_end()
    uploader.join(30)
    assert (received.how, received.digest) == (FIN, digest_of(sizes[1], seed=4))
    client.close()


def both_ways(peer):
    size = int(peer.receive(10))
    sender = threading.Thread(
        target=lambda: (peer.send_stream(size, seed=4), peer.finish_writing()), daemon=True
    )
    sender.start()
    received = peer.receive_to_end()
    sender.join(30)
    return received


@pytest.mark.parametrize("mode", ["auto", "splice"])
def test_both_directions_at_once_with_mixed_sizes(stage, mode):
    """A development build of HAProxy 3.5 lost data here (facts.md): 1,002 exchanges."""
    workers, turns = 6, 167
    sizes = [1, 999, 16_384, 65_536, 65_537, 300_000, 1_048_577, 3_000_003]
    backend = stage.backend(both_ways)
    proxy = stage.proxy([backend], relay=mode, reactors=2)

    def work(index):
        for turn in range(turns):
            number = index * turns + turn
            pair = (sizes[number % len(sizes)], sizes[number * 5 % len(sizes)])
            exchange(stage, proxy, pair)
            sent.append(pair[0])

    sent = []
    together(workers, work)
    uploads = sorted(backend.outcome().digest for _ in sent)
    assert uploads == sorted(digest_of(size, seed=3) for size in sent)


@pytest.mark.parametrize("mode", ["auto", "splice"])
def test_a_fin_waits_for_what_is_in_the_pipe(stage, mode):
    """haproxy #2505: shutdown was forwarded while the pipe held data. 1-byte segments fill it."""
    size = 30 * MIB
    backend = stage.backend(backends.source(size), send_buffer=SMALL_BUFFER)
    proxy = stage.proxy([backend], relay=mode)
    client = stage.connect(proxy, receive_buffer=SMALL_BUFFER)
    eventually(lambda: backend.accepted, what="connected")
    settled(lambda: backend.connections[0].sent, what="the server's writing")
    received = client.receive_to_end(bytes_per_second=40 * MIB)
    assert (received.how, received.digest) == (FIN, digest_of(size))


def test_single_bytes_that_use_up_the_slots_of_a_pipe_are_relayed(stage):
    """B6: 16 bytes fill a pipe of 64 KiB; the same EAGAIN means an empty socket and a full pipe."""

    def behaviour(peer):
        for index in range(20_000):
            peer.send(bytes([index % 251]))
        peer.finish_writing()
        return peer.receive_to_end()

    proxy = stage.proxy([stage.backend(behaviour)], relay="splice")
    client = stage.connect(proxy, receive_buffer=4096)
    pace(0.3)  # until nothing moves any more
    received = bytearray()
    while data := client.socket.recv(65536):
        received += data
    assert received == bytes(index % 251 for index in range(20_000))


def test_a_reader_that_leaves_in_mid_splice_costs_nothing_any_more(stage):
    """haproxy #2395: woken for ever after the consumer had left."""
    backend = stage.backend(backends.source(10**12), send_buffer=SMALL_BUFFER)
    proxy = stage.proxy([backend])
    for _ in range(10):
        client = stage.connect(proxy)
        client.receive(8 * MIB)
        client.reset()
    proxy.wait_for_endings({("client", "reset"): 10})
    assert proxy.cpu_share(0.5) < 0.05


def test_a_full_pipe_that_nobody_drains_burns_no_cpu(stage):
    """haproxy 61d39a0e2: it spun. The source is readable all the while, and there is no room."""
    size = 30 * MIB
    backend = stage.backend(backends.source(size), send_buffer=SMALL_BUFFER)
    proxy = stage.proxy([backend], relay="splice")
    client = stage.connect(proxy, receive_buffer=SMALL_BUFFER)
    eventually(lambda: backend.accepted, what="connected")
    assert settled(lambda: backend.connections[0].sent, what="the server's writing") < size
    assert proxy.cpu_share(0.5) < 0.05
    received = client.receive_to_end()
    assert (received.how, received.digest) == (FIN, digest_of(size))
    client.finish_writing()


def test_pipes_do_not_leak_when_sends_fail(stage):
    """haproxy 760d26a86: a pipe was lost with every send error."""
    backend = stage.backend(backends.source(10**12))
    proxy = stage.proxy([backend], reactors=1)
    for _ in range(100):
        client = stage.connect(proxy)
        client.receive(2 * MIB)
        client.reset()
    proxy.wait_for_endings({("client", "reset"): 100})
    assert proxy.counted("weir_reactor_pipes_open") <= 2
    before = relayed(proxy, "splice")
    client = stage.connect(proxy)
    client.receive(16 * MIB)
    assert relayed(proxy, "splice") > before, "it splices still"


def test_when_stopped_readers_hold_every_pipe_the_others_copy(stage):
    """A pipe that holds bytes is its flow's; who finds none copies, and is counted."""
    hoarders, size = 140, 8 * MIB
    backend = stage.backend(backends.source(size), send_buffer=SMALL_BUFFER)
    proxy = stage.proxy([backend], reactors=1, relay="splice")
    stopped = [stage.connect(proxy, receive_buffer=SMALL_BUFFER) for _ in range(hoarders)]
    eventually(lambda: backend.accepted == hoarders, 20, "all connected")
    settled(lambda: sum(peer.sent for peer in backend.connections), within=30, what="writing")
    assert proxy.counted("weir_reactor_pipe_shortages_total") > 0
    download(stage, proxy, size)
    received = together(hoarders, lambda index: stopped[index].receive_to_end(within=60))
    assert {(one.how, one.digest) for one in received} == {(FIN, digest_of(size))}


@pytest.mark.parametrize("function, error", [("pipe2", "EMFILE"), ("pipe2", "ENFILE")])
def test_without_pipes_it_copies(stage, shim, function, error):
    """D3: the connection lives."""
    size = 16 * MIB
    environment = shim.environment(f"{function}:{error}:*")
    shim.arm()
    proxy = stage.proxy([stage.backend(backends.source(size))], env=environment)
    download(stage, proxy, size)
    assert shim.failed(function) >= 1
    eventually(lambda: relayed(proxy, "copy") == size, what="all of it copied")


@pytest.mark.parametrize("error", ["EINVAL", "ENOMEM", "ENOBUFS", "EINTR"])
def test_a_splice_that_fails_loses_no_byte(stage, shim, error):
    """D5: not supported here (haproxy #3450: EINVAL ended it), short of memory, interrupted."""
    size = 16 * MIB
    environment = shim.environment(f"splice:{error}:3")
    proxy = stage.proxy([stage.backend(backends.source(size))], env=environment, relay="splice")
    shim.arm()
    download(stage, proxy, size)
    assert shim.failed("splice") >= 1
