"""Who gets the next connection, and which reactor carries it."""
import pytest

from harness import backends
from harness.stage import together
from harness.wait import eventually


def held(stage, proxy, count):
    """That many sessions, opened one after the other; each has heard from its backend."""
    clients = []
    for _ in range(count):
        client = stage.connect(proxy)
        client.receive(1)
        clients.append(client)
    return clients


def spread(servers):
    counts = [server.accepted for server in servers]
    return max(counts) - min(counts)


def greeters(stage, count):
    return [stage.backend(backends.banner(b"!")) for _ in range(count)]


@pytest.mark.parametrize("reactors", [1, 2])
@pytest.mark.parametrize("ending", ["held", "short"])
def test_round_robin_spreads_evenly(stage, ending, reactors):
    """J: max - min is at most 1 for each reactor."""
    servers = greeters(stage, 3)
    proxy = stage.proxy(servers, balance="round_robin", reactors=reactors)
    for _ in range(60):
        client = held(stage, proxy, 1)[0]
        if ending == "short":
            client.close()
    assert sum(server.accepted for server in servers) == 60
    assert spread(servers) <= reactors


@pytest.mark.weir_only
def test_weights_are_kept(stage):
    """J: weight=3 gets three times as many, smoothly."""
    heavy, light = greeters(stage, 2)
    proxy = stage.proxy([f"{heavy.address} weight=3", light], balance="round_robin")
    held(stage, proxy, 40)
    assert (heavy.accepted, light.accepted) == (30, 10)


@pytest.mark.parametrize("reactors", [1, 2])
def test_least_connections_is_right_across_reactors(stage, reactors):
    """J: opened one after the other, three backends differ by one at most."""
    servers = greeters(stage, 3)
    proxy = stage.proxy(servers, balance="least_connections", reactors=reactors)
    held(stage, proxy, 60)
    assert spread(servers) <= 1, [server.accepted for server in servers]


@pytest.mark.parametrize("reactors", [1, 2])
def test_least_connections_fills_up_where_sessions_have_ended(stage, reactors):
    """J: the one that lost its sessions gets the next ones."""
    servers = greeters(stage, 3)
    proxy = stage.proxy(servers, balance="least_connections", reactors=reactors)
    clients = held(stage, proxy, 30)
    before = [server.accepted for server in servers]
    for peer in list(servers[1].connections):
        peer.reset()
    eventually(
        lambda: sum(not client.silent_for(0) for client in clients) == before[1],
        what="its clients heard of it",
    )
    if proxy.has_metrics:
        proxy.wait_for_count("weir_listener_sessions_active", 30 - before[1])
        active = proxy.counted("weir_backend_sessions_active", backend=servers[1].address)
        assert active == 0
    held(stage, proxy, 10)
    gained = [server.accepted - old for server, old in zip(servers, before)]
    assert gained[1] >= 9, gained


@pytest.mark.weir_only
def test_least_connections_under_simultaneous_clients(stage):
    """J: with two reactors picking at once max/min stays near 1."""
    servers = greeters(stage, 3)
    proxy = stage.proxy(servers, balance="least_connections", reactors=2)
    together(6, lambda _: held(stage, proxy, 30))
    counts = [server.accepted for server in servers]
    assert sum(counts) == 180
    assert max(counts) <= 1.25 * min(counts), counts


@pytest.mark.weir_only
@pytest.mark.parametrize("placement", ["least_loaded", "round_robin"])
def test_sessions_are_placed_evenly_on_the_reactors(stage, placement):
    """Build 4: the accept thread knows what it placed."""
    proxy = stage.proxy(greeters(stage, 1), reactors=2, placement=placement)
    held(stage, proxy, 50)
    placed = proxy.metrics().find("weir_reactor_sessions_active")
    assert sorted(value for _, value in placed) == [25, 25], placed


@pytest.mark.weir_only
def test_reuseport_serves_on_every_reactor(stage):
    """Build 4: the kernel spreads; nobody is left out over 200 connections."""
    proxy = stage.proxy(greeters(stage, 1), reactors=2, accept="reuseport")
    held(stage, proxy, 200)
    placed = [value for _, value in proxy.metrics().find("weir_reactor_sessions_active")]
    assert sum(placed) == 200
    assert min(placed) >= 50, placed


@pytest.mark.weir_only
def test_a_reactor_is_refilled_after_its_sessions_ended(stage):
    """Build 4: least_loaded counts what it placed less what has ended."""
    proxy = stage.proxy(greeters(stage, 1), reactors=2)
    clients = held(stage, proxy, 40)
    for client in clients[::2]:  # placed in turns: these sit on one reactor
        client.reset()
    eventually(lambda: proxy.sessions_active() == 20, what="half of them ended")
    held(stage, proxy, 20)
    placed = [value for _, value in proxy.metrics().find("weir_reactor_sessions_active")]
    assert max(placed) - min(placed) <= 2, placed
