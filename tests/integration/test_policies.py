"""Policies beyond the two of test_balancing.py: who gets the next connection, with real sockets."""
import contextlib

import pytest

from harness import backends
from harness.wait import eventually, patient

pytestmark = pytest.mark.weir_only


def greeters(stage, count):
    return [stage.backend(backends.banner(b"!")) for _ in range(count)]


def served_by(stage, proxy, servers, **wishes):
    """Which server answers a new session, which then ends."""
    before = [server.accepted for server in servers]
    client = stage.connect(proxy, **wishes)
    client.receive(1)
    client.close()
    gained = [server.accepted - old for server, old in zip(servers, before)]
    assert sum(gained) == 1, gained
    return gained.index(1)


@pytest.mark.parametrize("reactors", [1, 2])
@pytest.mark.parametrize("balance", ["source_hash", "maglev"])
def test_a_client_address_keeps_its_backend_on_every_reactor(stage, balance, reactors):
    servers = greeters(stage, 4)
    proxy = stage.proxy(servers, balance=balance, reactors=reactors, placement="round_robin")
    homes = {}
    for round_ in range(4):
        for last in range(1, 18):  # an odd number: each comes to either reactor
            source = f"127.0.0.{last}"
            home = served_by(stage, proxy, servers, source=source)
            assert homes.setdefault(source, home) == home, (source, round_)
    assert len(set(homes.values())) >= 3, homes


@pytest.mark.parametrize("balance", ["source_hash", "maglev"])
def test_only_the_clients_of_a_dead_backend_move(stage, balance):
    victims = [stage.victim() for _ in range(4)]
    proxy = stage.proxy(victims, balance=balance, retries=3)

    def homes():
        found = {}
        for last in range(1, 25):
            source = f"127.0.0.{last}"
            client = stage.connect(proxy, source=source)
            client.echo()
            active = [
                proxy.counted("weir_backend_sessions_active", backend=victim.address)
                for victim in victims
            ]
            found[source] = active.index(1)
            client.close()
            proxy.wait_until_at_rest()
        return found

    before = homes()
    victims[1].kill()
    after = homes()
    for source, home in before.items():
        if home == 1:
            assert after[source] != 1
        else:
            assert after[source] == home, source


def test_first_fills_the_first_and_falls_back(stage):
    refuser = stage.refuser()
    servers = greeters(stage, 2)
    proxy = stage.proxy([refuser, *servers], balance="first")
    assert [served_by(stage, proxy, servers) for _ in range(6)] == [0] * 6


@pytest.mark.parametrize("balance", ["power_of_two", "random", "least_time"])
@pytest.mark.parametrize("reactors", [1, 2])
def test_every_backend_gets_its_share_of_held_sessions(stage, balance, reactors):
    servers = greeters(stage, 3)
    proxy = stage.proxy(servers, balance=balance, reactors=reactors)
    for _ in range(90):
        stage.connect(proxy).receive(1)
    counts = [server.accepted for server in servers]
    assert sum(counts) == 90
    assert min(counts) >= 10, counts


def test_least_time_leaves_a_slow_backend_alone(stage):
    """It answers after a quarter of a second: once it is known for that, others are preferred."""
    slow = stage.backend(backends.slow_banner(b"!", 0.25))
    quick = greeters(stage, 2)
    proxy = stage.proxy([slow, *quick], balance="least_time")
    for _ in range(40):
        client = stage.connect(proxy)
        client.receive(1)
        client.close()
    assert slow.accepted <= 4, slow.accepted
    assert proxy.counted("weir_backend_first_byte_seconds_count") == 40


def test_the_next_priority_waits_for_the_one_above_to_be_short(stage):
    refusers = [stage.refuser(), stage.refuser()]
    live = greeters(stage, 1)[0]
    standby = greeters(stage, 1)[0]
    proxy = stage.proxy(
        [live, f"{standby.address} priority=1", *refusers],
        balance="round_robin",
        eject_after=1,
        max_ejection_percent=100,
    )
    eventually(
        lambda: visit(stage, proxy) and ejected(proxy, refusers), what="both refusers are ejected"
    )
    before = live.accepted, standby.accepted
    for _ in range(200):
        visit(stage, proxy)
    gained = live.accepted - before[0], standby.accepted - before[1]
    # One of three bears 1.4 thirds.
    assert gained[0] + gained[1] == 200
    assert 85 <= gained[0] <= 101, gained


def visit(stage, proxy):
    client = stage.connect(proxy)
    client.receive(1)
    client.close()
    return True


def ejected(proxy, servers):
    return all(
        proxy.counted("weir_backend_state", backend=server.address, state="ejected") == 1
        for server in servers
    )


# Passive health


def test_a_backend_that_refuses_is_ejected_let_back_and_grows_slowly(stage):
    refuser = stage.refuser()
    others = greeters(stage, 3)
    proxy = stage.proxy(
        [refuser, *others],
        balance="round_robin",
        eject_after=3,
        eject_time="2s",
        slow_start="120s",
        reactors=2,
    )
    eventually(lambda: visit(stage, proxy) and ejected(proxy, [refuser]), 15, "it is ejected")
    proxy.wait_for_line(r"is ejected for 2 s: \d+ session\(s\) in a row failed on it")
    attempts = proxy.counted("weir_backend_connect_attempts_total", backend=refuser.address)
    for _ in range(50):
        visit(stage, proxy)
    assert attempts == proxy.counted(
        "weir_backend_connect_attempts_total", backend=refuser.address
    ), "no attempt while it is ejected"

    server = refuser.open_up(backends.banner(b"!"))
    proxy.wait_for_line(r"is let back", patient(5))
    eventually(lambda: visit(stage, proxy) and server.accepted >= 1, 15, "it is used again")
    first = server.accepted
    for _ in range(93):
        visit(stage, proxy)
    share = server.accepted - first
    assert 1 <= share <= 8, f"{share} of 93, where a tenth of an equal weight is 3"
    weight = proxy.counted("weir_backend_effective_weight", backend=refuser.address)
    assert 100 <= weight <= 300, weight
    ejections = proxy.counted("weir_backend_ejections_total", backend=refuser.address)
    assert ejections == 1


def test_a_backend_that_accepts_and_closes_is_ejected_too(stage):
    closer = stage.backend(backends.accept_and_close)
    others = greeters(stage, 3)
    proxy = stage.proxy([closer, *others], balance="round_robin", eject_after=3)

    def visit_any():
        client = stage.connect(proxy)
        client.socket.recv(1)  # a greeting, or the end
        client.close()
        return ejected(proxy, [closer])

    eventually(visit_any, 15, "it is ejected")


def test_no_more_than_the_configured_part_of_a_pool_is_ejected(stage):
    refusers = [stage.refuser() for _ in range(4)]
    proxy = stage.proxy(refusers, eject_after=1, max_ejection_percent=50, retries=3)
    for _ in range(10):
        stage.connect(proxy).wait_for_reset(patient(5))
    eventually(
        lambda: proxy.counted("weir_pool_members", state="ejected") == 2, what="two are ejected"
    )
    assert proxy.counted("weir_pool_members", state="healthy") == 2
    proxy.wait_for_line(r"stays: 50 % of the pool may be ejected, no more")


def test_in_a_panic_all_are_used(stage):
    refusers = [stage.refuser() for _ in range(3)]
    proxy = stage.proxy(
        refusers, eject_after=1, max_ejection_percent=100, panic_threshold=50, retries=0
    )
    stage.connect(proxy).wait_for_reset(patient(5))
    stage.connect(proxy).wait_for_reset(patient(5))
    proxy.wait_for_line(r"panic: fewer than 50 % of its backends are eligible; all are used")
    assert proxy.counted("weir_pool_panic") == 1
    server = refusers[0].open_up(backends.banner(b"!"))
    eventually(lambda: attempt(stage, proxy) and server.accepted >= 1, 15, "it is used")


def attempt(stage, proxy):
    client = stage.connect(proxy)
    with contextlib.suppress(ConnectionResetError):
        client.socket.recv(1)
    client.close()
    return True
