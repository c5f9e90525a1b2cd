"""max_connections of backends, exact over all reactors, and the queue where all are full."""
import random
import re
import threading

import pytest

from harness import backends
from harness.peers import FIN, RESET, Peer
from harness.stage import together
from harness.wait import eventually, pace

pytestmark = pytest.mark.weir_only

FLOOD = 500
LIMIT = 10
WAITING = "weir_pool_queue_length"
REJECTED = "weir_pool_queue_rejected_total"


class Counting:
    """An echo that knows how many connections it has and has had at most at a time.

    A connection counts from the accept to its end as seen here, which is the moment weir closed it,
    or later: who is within a limit here was within it.
    """

    def __init__(self, stage):
        self.open = self.most = 0
        self._lock = threading.Lock()
        self.backend = stage.backend(self._serve)
        self.address = self.backend.address

    def _serve(self, peer):
        with self._lock:
            self.open += 1
            self.most = max(self.most, self.open)
        try:
            return backends.echo(peer)
        finally:
            with self._lock:
                self.open -= 1


def limited(servers, limit=1):
    return [f"{server.address} max_connections={limit}" for server in servers]


def waiting(proxy, count):
    eventually(lambda: proxy.counted(WAITING) == count, 10, f"{count} wait")


def closed(proxy, who, how, phase):
    return proxy.counted("weir_listener_closed_total", who=who, how=how, phase=phase)


def numbers(proxy):
    """(ticket, grant) of each session that has waited and gone on, as logged."""
    pairs = re.findall(r"ticket=(\d+) grant=(\d+)", proxy.stderr())
    return [(int(ticket), int(grant)) for ticket, grant in pairs if grant != "0"]


@pytest.mark.parametrize("balance", ["least_connections", "round_robin", "source_hash"])
@pytest.mark.parametrize("reactors", [1, 2])
def test_a_flood_never_exceeds_the_limits_and_is_served_in_order(stage, reactors, balance):
    """Must show: no eleventh connection; grants in the order of tickets, but for one a reactor."""
    servers = [Counting(stage) for _ in range(3)]
    proxy = stage.proxy(
        limited(servers, LIMIT), reactors=reactors, balance=balance, access_log="stderr"
    )

    def visit(_index):
        client = Peer.connect(proxy.address, within=60)
        client.socket.settimeout(60)
        client.echo()
        pace(0.1)  # long enough for the queue to fill, also where clients start slowly
        client.finish_writing()
        assert client.receive_to_end(within=60).how == FIN
        client.close()

    together(FLOOD, visit)
    proxy.wait_until_at_rest()
    assert [server.most for server in servers if server.most > LIMIT] == []
    assert sum(server.backend.accepted for server in servers) == FLOOD
    eventually(lambda: len(re.findall("ticket=", proxy.stderr())) == FLOOD, what="all are logged")
    went_on = sorted(numbers(proxy))
    assert len(went_on) > FLOOD / 4, "hardly anybody had to wait: nothing was tested"
    grants = [grant for _, grant in went_on]
    assert sorted(grants) == list(range(1, len(grants) + 1)), "a grant is lost or given twice"
    late = max(abs(grant - place) for place, grant in enumerate(grants, 1))
    assert late <= reactors, f"a grant came {late} places off its ticket"
    assert proxy.counted(WAITING) == 0
    assert proxy.counted("weir_pool_queue_seconds_count") == len(went_on)


@pytest.mark.parametrize("reactors", [1, 2])
def test_who_waits_too_long_is_reset_and_counted(stage, reactors):
    server = Counting(stage)
    proxy = stage.proxy(limited([server]), reactors=reactors, queue_timeout="300ms")
    first = stage.connect(proxy)
    first.echo()
    late = [stage.connect(proxy) for _ in range(4)]
    for client in late:
        assert client.receive_to_end(within=10).how == RESET
    assert closed(proxy, "weir", "timeout", "pick") == 4
    assert proxy.counted(REJECTED, reason="timeout") == 4
    assert proxy.counted(WAITING) == 0
    first.echo()
    first.close()
    proxy.wait_until_at_rest()
    stage.connect(proxy).echo()
    assert server.most == 1


@pytest.mark.parametrize("limit, refused", [(2, 3), (0, 5)])
def test_more_than_queue_limit_are_reset_at_once(stage, limit, refused):
    server = Counting(stage)
    proxy = stage.proxy(limited([server]), reactors=2, queue_limit=limit)
    first = stage.connect(proxy)
    first.echo()
    others = [stage.connect(proxy) for _ in range(5)]
    eventually(lambda: closed(proxy, "weir", "limit", "pick") == refused, what="they are refused")
    assert proxy.counted(REJECTED, reason="full") == refused
    waiting(proxy, limit)
    first.close()

    def is_served(index):
        try:
            others[index].echo()
            return True
        except (AssertionError, OSError):
            return False
        finally:
            others[index].close()

    # At once: two reactors may hand out tickets in another order than the clients came in, and who
    # has the place keeps it until it has asked.
    assert sum(together(len(others), is_served)) == limit


@pytest.mark.parametrize("reactors", [1, 2])
def test_a_reset_leaves_the_queue_and_a_fin_does_not(stage, reactors):
    server = stage.backend(backends.answer(100_000))
    proxy = stage.proxy(limited([server]), reactors=reactors)
    first = stage.connect(proxy)
    eventually(lambda: server.accepted == 1, what="the first has the place")
    leaver = stage.connect(proxy)
    waiting(proxy, 1)
    finished = stage.connect(proxy)
    finished.send(b"request")
    finished.finish_writing()
    waiting(proxy, 2)
    leaver.reset()
    waiting(proxy, 1)
    assert closed(proxy, "client", "reset", "pick") == 1
    first.finish_writing()
    first.receive_to_end()
    answer = finished.receive_to_end()
    assert (answer.size, answer.how) == (100_000, FIN)
    assert server.accepted == 2, "nobody connected for the one that left"


def test_who_comes_later_does_not_go_first(stage):
    """The place that falls free is the one's who waits, whoever asks at that very moment."""
    served = []

    def behaviour(peer):
        name = peer.receive(1)
        served.append(name)
        peer.send(name)
        return peer.receive_to_end()

    proxy = stage.proxy(limited([stage.backend(behaviour)]), reactors=2)
    for _ in range(60):
        holder = stage.connect(proxy)
        holder.echo(b"h")
        first = stage.connect(proxy)
        first.send(b"f")
        waiting(proxy, 1)
        served.clear()

        def act(place, holder=holder, first=first):
            if place == 0:
                holder.close()
            client = first if place == 0 else Peer.connect(proxy.address)
            if place > 0:
                client.send(b"l")
            client.receive(1)
            client.close()

        together(9, act)
        assert served == [b"f"] + [b"l"] * 8


def test_a_retry_waits_for_a_full_one_and_not_for_nobody(stage):
    dead = stage.refuser()
    server = Counting(stage)
    proxy = stage.proxy(limited([dead, server]), reactors=2, balance="first")
    first = stage.connect(proxy)
    first.echo()
    second = stage.connect(proxy)
    waiting(proxy, 1)
    first.close()
    second.echo()
    second.close()
    proxy.wait_until_at_rest()
    server.backend.stop()
    eventually(lambda: not stage.serves(proxy), what="nothing is left to try")
    assert proxy.counted(WAITING) == 0
    assert closed(proxy, "backend", "refused", "connect") >= 1


def test_a_backend_that_is_back_serves_those_it_had_failed(stage):
    """They wait for the full one, and for that one again."""
    refuser = stage.refuser()
    full = Counting(stage)
    proxy = stage.proxy(
        [*limited([full]), refuser.address], reactors=2, balance="least_connections", retries=3
    )
    holder = stage.connect(proxy)
    while full.open == 0:
        holder.echo()
    waiters = [stage.connect(proxy) for _ in range(3)]
    waiting(proxy, 3)
    refuser.open_up(backends.echo)
    for waiter in waiters:
        waiter.echo()
    holder.echo()


def test_when_the_last_backend_goes_down_nobody_waits_for_it(stage):
    victim = stage.victim()
    proxy = stage.proxy(
        limited([victim]), reactors=2, check="tcp interval=200ms fast=100ms rise=1 fall=2 jitter=0"
    )
    holder = stage.connect(proxy)
    holder.echo()
    others = [stage.connect(proxy) for _ in range(4)]
    waiting(proxy, 4)
    victim.kill()
    for client in others:
        assert client.receive_to_end(within=10).how == RESET
    assert proxy.counted(WAITING) == 0
    holder.close()  # its session had but heard the end of its backend's stream
    victim.restart()
    proxy.wait_for_line("is healthy again")
    eventually(lambda: stage.serves(proxy), what="it serves again")


def test_a_place_that_a_failed_connect_took_is_free_again(stage):
    hole = stage.black_hole()
    proxy = stage.proxy(limited([hole]), reactors=2, retries=0, connect_timeout="100ms")
    for _ in range(5):
        assert stage.connect(proxy).receive_to_end(within=10).how == RESET
    assert closed(proxy, "backend", "timeout", "connect") == 5


@pytest.mark.parametrize("reactors", [1, 2])
def test_no_place_is_lost_whatever_clients_do(stage, reactors):
    """Clients that leave at any moment, before, while and after they are called."""
    servers = [Counting(stage) for _ in range(2)]
    dead = stage.refuser()
    proxy = stage.proxy(
        limited([*servers, dead], 3), reactors=reactors, queue_timeout="50ms", retries=1
    )
    chance = random.Random(3)
    ends = [(chance.random() * 0.12, chance.choice(["reset", "close", "echo"])) for _ in range(400)]

    def visit(place):
        rest, end = ends[place]
        client = Peer.connect(proxy.address)
        try:
            pace(rest)
            if end == "echo":
                client.echo()
        except (AssertionError, OSError):
            pass
        finally:
            client.reset() if end == "reset" else client.close()

    for _ in range(4):
        together(100, lambda place: visit(place + chance.randrange(300)))
    proxy.wait_until_at_rest()
    assert proxy.counted(WAITING) == 0
    holders = [stage.connect(proxy) for _ in range(6)]
    for holder in holders:
        holder.echo()
    assert [server.open for server in servers] == [3, 3]


def test_a_backend_without_limit_never_lets_anybody_wait(stage):
    full, open_one = Counting(stage), Counting(stage)
    proxy = stage.proxy([*limited([full]), open_one.address], reactors=2)
    clients = [stage.connect(proxy) for _ in range(20)]
    for client in clients:
        client.echo()
    assert (full.most, open_one.most) == (1, 19)


def test_those_who_wait_are_served_while_it_drains_and_reset_at_its_end(stage):
    server = Counting(stage)
    proxy = stage.proxy(limited([server]), reactors=2, drain_timeout="2s", access_log="stderr")
    holder = stage.connect(proxy)
    holder.echo()
    second = stage.connect(proxy)
    waiting(proxy, 1)
    third = stage.connect(proxy)
    waiting(proxy, 2)
    proxy.terminate()
    proxy.wait_for_line("listeners closed")
    holder.close()
    second.echo()
    assert third.receive_to_end(within=10).how == RESET
    proxy.expect_clean_exit()
    assert "weir/drain/pick" in proxy.stderr()


@pytest.mark.parametrize("point", ["places.join", "places.grant"])
def test_want_of_memory_costs_one_session_at_most(stage, weir, point):
    if not weir.fault_points():
        pytest.skip("built without fault points (a release)")
    server = Counting(stage)
    proxy = stage.proxy(
        limited([server]), reactors=2, env={"WEIR_FAULT_POINTS": f"{point}=alloc:1"}
    )
    holder = stage.connect(proxy)
    holder.echo()
    others = [stage.connect(proxy) for _ in range(4)]
    lost = 1 if point == "places.join" else 0
    waiting(proxy, 4 - lost)
    holder.close()

    def is_served(place):
        try:
            others[place].echo()
            return True
        except (AssertionError, OSError):
            return False
        finally:
            others[place].close()

    assert sum(together(len(others), is_served)) == 4 - lost
    assert proxy.counted(WAITING) == 0
    assert server.most == 1
