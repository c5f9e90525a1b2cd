"""The harness itself, without any proxy: a test that cannot fail proves nothing."""
import socket

import pytest

from harness import backends
from harness.metrics import Metrics
from harness.peers import FIN, RESET, Peer, parse_address
from harness.proxies import free_port, is_listening
from harness.stream import Source, digest_of
from harness.wait import eventually


def test_a_client_of_nobody_is_refused(stage):
    """What every 'refused' above rests on."""
    with pytest.raises(ConnectionRefusedError):
        Peer.connect(f"127.0.0.1:{free_port()}")
    with pytest.raises(ConnectionRefusedError):
        Peer.connect(stage.refuser().address)


def test_a_black_hole_swallows_and_opens_up(stage):
    """C3's peer."""
    hole = stage.black_hole()
    with pytest.raises(TimeoutError):
        Peer.connect(hole.address, within=0.3)
    latecomer = socket.socket()
    latecomer.setblocking(False)
    latecomer.connect_ex(parse_address(hole.address)[1])
    server = stage.adopt(hole.open_up())
    latecomer.settimeout(10)
    server.send(b"at last")
    assert latecomer.recv(7) == b"at last"
    latecomer.close()


def test_reset_and_fin_are_told_apart(stage):
    """What every A case rests on."""
    backend = stage.backend(backends.sink)
    client = stage.connect(backend)
    client.send(b"abc")
    client.finish_writing()
    assert (backend.outcome().how, client.receive_to_end().how) == (FIN, FIN)
    client = stage.connect(backend)
    client.send(b"abc")
    client.wait_until_delivered()
    client.reset()
    received = backend.outcome()
    assert (received.how, received.head) == (RESET, b"abc")


def test_a_stream_is_its_digest_and_never_repeats_a_block():
    """What every checksum rests on."""
    blocks = [bytes(Source(3).take(1000)) for _ in range(2)]
    assert blocks[0] == blocks[1]
    source = Source(3)
    assert bytes(source.take(1000)) != bytes(source.take(1000))
    assert digest_of(100_000, seed=1) != digest_of(100_000, seed=2)


def test_a_backends_failure_reaches_the_test(stage):
    """outcome() raises what the behaviour raised."""

    def behaviour(_peer):
        raise ValueError("as planned")

    backend = stage.backend(behaviour)
    stage.connect(backend)
    with pytest.raises(ValueError, match="as planned"):
        backend.outcome()


def test_a_condition_that_never_holds_fails():
    """eventually() is the only wait."""
    with pytest.raises(AssertionError, match="the moon"):
        eventually(lambda: False, 0.05, "the moon")


def test_metrics_are_summed_by_label():
    """The parser."""
    metrics = Metrics('# HELP a b\na{x="1",y="\\"q"} 2\na{x="2",y="z"} 3\nb 1e3\n')
    assert metrics.sum("a") == 5
    assert metrics.sum("a", x="1") == 2
    assert metrics.sum("b") == 1000


def test_listening_is_asked_of_the_kernel(stage):
    """is_listening() connects to nobody."""
    backend = stage.backend(backends.sink)
    assert is_listening(backend.address)
    assert not is_listening(stage.refuser().address)
    assert backend.accepted == 0
