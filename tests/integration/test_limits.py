"""Limits of connections: who is beyond them waits in the backlog, at no cost."""
import select

import pytest

from harness import backends
from harness.wait import Stopwatch, eventually, median, pace, patient, settled

AT_ONCE_SECONDS = 1.0  # a single sample, on a machine that may be busy
MEDIAN_SECONDS = 0.3


def open_sessions(stage, proxy, count):
    clients = [stage.connect(proxy) for _ in range(count)]
    for client in clients:
        client.echo()
    return clients


def served(client):
    """True once the echo of the byte that was sent is there."""
    return bool(select.select([client.socket], [], [], 0)[0])


@pytest.mark.parametrize("reactors", [1, 2])
def test_beyond_the_limit_of_the_process_clients_wait_in_the_backlog(stage, reactors):
    """D9: no byte, no refusal, no CPU; a freed slot is used at once."""
    limit = 4
    backend = stage.backend(backends.echo)
    proxy = stage.proxy([backend], max_connections=limit, reactors=reactors)
    inside = open_sessions(stage, proxy, limit)
    waiting = [stage.connect(proxy) for _ in range(3)]
    for client in waiting:
        client.send(b"?")
    share = proxy.cpu_share(1.0)
    assert share < 0.05, f"{share:.1%} of a core at the limit"
    assert not any(served(client) for client in waiting)
    if proxy.has_metrics:
        assert proxy.counted("weir_listener_accepted_total") == limit
        assert proxy.sessions_active() == limit
    seconds = []
    for count in range(1, 4):
        watch = Stopwatch()
        inside.pop().reset()
        wait_until_served(waiting, count)
        seconds.append(watch.seconds())
        pace(0.02)
        assert sum(served(client) for client in waiting) == count, "more than the slot allows"
    assert median(seconds) <= patient(MEDIAN_SECONDS), seconds


@pytest.mark.weir_only
def test_with_reuseport_the_limit_is_overshot_by_a_batch_for_each_reactor_at_most(stage):
    """D9, design 8: and it does not spin either."""
    limit, reactors, batch = 10, 2, 64
    backend = stage.backend(backends.echo)
    proxy = stage.proxy(
        [backend], max_connections=limit, reactors=reactors, accept="reuseport"
    )
    clients = [stage.connect(proxy) for _ in range(300)]
    active = settled(proxy.sessions_active, what="sessions")
    assert limit <= active <= limit + reactors * batch
    share = proxy.cpu_share(1.0)
    assert share < 0.05, f"{share:.1%} of a core at the limit"
    for client in clients:
        client.reset()
    eventually(lambda: answers(stage, proxy), what="somebody is served again")


def answers(stage, proxy):
    client = stage.connect(proxy)
    client.send(b"?")
    return bool(select.select([client.socket], [], [], patient(0.5))[0])


def wait_until_served(waiting, count):
    eventually(lambda: sum(served(client) for client in waiting) == count, 2, f"{count} served")


TWO_LISTENERS = """
max_connections = {process}
[listener.one]
bind = 127.0.0.1:0
pool = echo
{one}
[listener.two]
bind = 127.0.0.1:0
pool = echo
[pool.echo]
backend = {backend}
"""


@pytest.mark.weir_only
@pytest.mark.parametrize("reactors", [1, 2])
def test_beyond_the_limit_of_a_listener_only_its_clients_wait(stage, reactors):
    """D9: the other listener goes on."""
    backend = stage.backend(backends.echo)
    config = TWO_LISTENERS.format(
        process=1000, one="max_connections = 2", backend=backend.address
    )
    proxy = stage.proxy(config=config, reactors=reactors)
    one, two = proxy.listeners["one"], proxy.listeners["two"]
    inside = open_sessions(stage, one, 2)
    waiting = stage.connect(one)
    waiting.send(b"?")
    others = open_sessions(stage, two, 10)
    share = proxy.cpu_share(1.0)
    assert share < 0.05, f"{share:.1%}"
    assert not served(waiting)
    assert proxy.counted("weir_listener_sessions_active", listener="one") == 2
    assert proxy.counted("weir_listener_sessions_active", listener="two") == 10
    watch = Stopwatch()
    inside[0].reset()
    assert waiting.receive(1) == b"?"
    assert watch.seconds() <= patient(AT_ONCE_SECONDS)
    for other in others:
        other.echo()


@pytest.mark.weir_only
@pytest.mark.parametrize("reactors", [1, 2])
def test_two_listeners_share_the_limit_of_the_process(stage, reactors):
    """D9: no spin when both wait; a slot freed on one is used by either."""
    backend = stage.backend(backends.echo)
    config = TWO_LISTENERS.format(process=4, one="", backend=backend.address)
    proxy = stage.proxy(config=config, reactors=reactors)
    one, two = proxy.listeners["one"], proxy.listeners["two"]
    inside = open_sessions(stage, one, 2) + open_sessions(stage, two, 2)
    waiting = [stage.connect(one), stage.connect(two)]
    for client in waiting:
        client.send(b"?")
    share = proxy.cpu_share(1.0)
    assert share < 0.05, f"{share:.1%}"
    assert not any(served(client) for client in waiting)
    assert proxy.sessions_active() == 4
    for count in (1, 2):
        watch = Stopwatch()
        inside[0 if count == 1 else 2].reset()
        wait_until_served(waiting, count)
        assert watch.seconds() <= patient(AT_ONCE_SECONDS)
    assert proxy.sessions_active() == 4


@pytest.mark.weir_only
def test_a_limit_of_connections_beyond_the_descriptors_is_refused_or_lowered_loudly(stage):
    """D15: 256 descriptors cannot carry 10,000 connections."""
    backend = stage.backend(backends.echo)
    proxy = stage.launch([backend], nofile=256, max_connections=10_000)
    eventually(
        lambda: not proxy.alive() or "listening on" in proxy.stderr(), 10, "a decision"
    )
    if proxy.alive():
        said = [line for line in proxy.stderr().splitlines() if "max_connections" in line]
        assert said and any("256" in line for line in said), proxy.stderr()
    else:
        assert proxy.wait_for_exit() in (1, 2)
        assert "max_connections" in proxy.stderr() and "256" in proxy.stderr(), proxy.stderr()
