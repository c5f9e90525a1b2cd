"""What brings sessions to an end, in every way that weir has a close reason for."""
import collections
import contextlib
import json

from harness import backends
from harness.api import Api, token_file
from harness.wait import eventually

CLOSED = "weir_listener_closed_total"
CHECK = "tcp interval=100ms timeout=200ms fast=100ms fall=2"
STALL_MILLISECONDS = 10_000
SCENARIOS = {}


def ends_with(*reasons, fault_points=False, exits=False):
    """A scenario: takes a Play, ends at least one session in each of these ways.

    With `fault_points` it needs a build that has them; with `exits` weir ends with it.
    """

    def keep(scenario):
        SCENARIOS[scenario.__name__] = (scenario, set(reasons), fault_points, exits)
        return scenario

    return keep


class Play:
    """A stage whose proxy logs in JSON."""

    def __init__(self, stage, shim):
        self.stage = stage
        self.shim = shim
        self.proxy = None
        self._log = f"{stage.directory()}/access.json"

    def start(self, servers=(), **wishes):
        wishes.setdefault("reactors", 1)
        self.proxy = self.stage.proxy(
            servers, access_log=self._log, access_log_format="json", **wishes
        )
        return self.proxy

    def client(self, listener="default"):
        return self.stage.connect(self.proxy.listeners[listener])

    def session(self, server, listener="default"):
        """(client, server) of a session that relays."""
        before = server.accepted
        client = self.client(listener)
        eventually(lambda: server.accepted > before, what="connected")
        upstream = server.connections[-1]
        upstream.send(b"x")
        assert client.receive(1) == b"x"
        return client, upstream

    def half_closed(self, server, by="client"):
        client, upstream = self.session(server)
        first, other = (client, upstream) if by == "client" else (upstream, client)
        first.finish_writing()
        assert other.socket.recv(1) == b""
        return client, upstream

    def logged(self):
        with open(self._log, encoding="utf-8") as file:
            lines = [json.loads(line) for line in file.read().splitlines()]
        return collections.Counter((line["who"], line["how"], line["phase"]) for line in lines)

    def counted(self):
        counts = collections.Counter()
        for labels, value in self.proxy.metrics().find(CLOSED):
            counts[labels["who"], labels["how"], labels["phase"]] += value
        return counts


# Both streams end


@ends_with(("client", "fin", "half_closed"), ("backend", "fin", "half_closed"))
def fins(play):
    server = play.stage.backend(backends.mute)
    play.start([server])
    for by in ("client", "backend"):
        for peer in play.half_closed(server, by):
            peer.close()


# A side resets, or its socket fails


@ends_with(
    ("client", "reset", "relay"),
    ("client", "reset", "half_closed"),
    ("backend", "reset", "relay"),
    ("backend", "reset", "half_closed"),
)
def resets(play):
    server = play.stage.backend(backends.mute)
    play.start([server])
    play.session(server)[0].reset()
    play.session(server)[1].reset()
    play.half_closed(server, by="backend")[0].reset()
    play.half_closed(server, by="client")[1].reset()


def fail_reading(play, peer):
    """What that peer sends meets an error of the socket."""
    failed = play.shim.failed("recv")
    play.shim.arm()
    peer.send(b"unheard")
    eventually(lambda: play.shim.failed("recv") > failed, what="a failed recv")
    play.shim.disarm()


def failing_sockets(play, error):
    server = play.stage.backend(backends.mute)
    play.start([server], env=play.shim.environment(f"recv:{error}:*"))
    fail_reading(play, play.session(server)[0])
    fail_reading(play, play.session(server)[1])
    fail_reading(play, play.half_closed(server, by="backend")[0])
    fail_reading(play, play.half_closed(server, by="client")[1])


@ends_with(
    ("client", "timeout", "relay"),
    ("client", "timeout", "half_closed"),
    ("backend", "timeout", "relay"),
    ("backend", "timeout", "half_closed"),
)
def a_kernel_that_gives_up(play):
    failing_sockets(play, "ETIMEDOUT")


@ends_with(
    ("client", "error", "relay"),
    ("client", "error", "half_closed"),
    ("backend", "error", "relay"),
    ("backend", "error", "half_closed"),
)
def another_error_of_a_socket(play):
    failing_sockets(play, "EIO")


# No backend


@ends_with(("backend", "refused", "connect"))
def a_backend_that_refuses(play):
    play.start([play.stage.refuser()], retries=0)
    play.client()


@ends_with(("backend", "timeout", "connect"))
def a_backend_that_does_not_answer(play):
    play.start([play.stage.black_hole()], retries=0, connect_timeout="200ms")
    play.client()


@ends_with(("backend", "error", "connect"))
def a_backend_without_a_way_to_it(play):
    rules = play.shim.environment("connect:EHOSTUNREACH:1")
    play.start([play.stage.backend(backends.mute)], retries=0, env=rules)
    play.shim.arm()
    play.client()


@ends_with(("client", "reset", "connect"))
def a_client_that_leaves_during_the_connect(play):
    play.start([play.stage.black_hole()], retries=0)
    client = play.client()
    play.proxy.wait_for_count("weir_backend_connect_attempts_total", 1)
    client.reset()


@ends_with(("weir", "health", "pick"))
def no_backend_that_may_be_picked(play):
    play.start([f"{play.stage.backend(backends.mute).address} weight=0"])
    play.client()


def full(play, **wishes):
    """A pool whose one place is taken."""
    server = play.stage.backend(backends.mute)
    play.start([f"{server.address} max_connections=1"], **wishes)
    play.session(server)


@ends_with(("weir", "limit", "pick"))
def too_many_that_wait(play):
    full(play, queue_limit=0)
    play.client()


@ends_with(("weir", "timeout", "pick"))
def one_that_waits_too_long(play):
    full(play, queue_timeout="100ms")
    play.client()


@ends_with(("client", "reset", "pick"))
def a_client_that_leaves_the_queue(play):
    full(play)
    client = play.client()
    play.proxy.wait_for_count("weir_pool_queue_length", 1)
    client.reset()


# weir ends it


@ends_with(("weir", "timeout", "relay"))
def an_idle_session(play):
    server = play.stage.backend(backends.mute)
    play.start([server], idle_timeout="200ms")
    play.session(server)


@ends_with(("weir", "timeout", "half_closed"))
def a_half_that_never_ends(play):
    server = play.stage.backend(backends.mute)
    play.start([server], half_close_timeout="200ms")
    play.half_closed(server)


@ends_with(("weir", "health", "relay"), ("weir", "health", "half_closed"))
def a_backend_that_goes_down(play):
    health = play.stage.backend(backends.sink)
    server = play.stage.backend(backends.mute)
    port = health.address.rpartition(":")[2]
    play.start([server], check=f"{CHECK} port={port}", on_down="close")
    play.session(server)
    play.half_closed(server)
    health.stop()


@ends_with(("weir", "error", "accept"))
def no_memory_to_watch_a_client(play):
    rules = play.shim.environment("epoll_ctl:ENOMEM:1")
    play.start([play.stage.backend(backends.mute)], env=rules)
    play.shim.arm()
    play.client().receive_to_end(within=5)  # before a scrape meets what is meant for it


@ends_with(("weir", "error", "connect"))
def no_descriptor_for_a_connect(play):
    rules = play.shim.environment("socket:EMFILE:1")
    play.start([play.stage.backend(backends.mute)], env=rules)
    play.shim.arm()
    play.client()


@ends_with(("weir", "error", "relay"), fault_points=True)
def a_fault_of_the_relay(play):
    play.start(
        [play.stage.backend(backends.mute)], env={"WEIR_FAULT_POINTS": "relay.step=throw:1"}
    )
    play.client()


@ends_with(("weir", "error", "half_closed"), fault_points=True)
def a_fault_after_half_of_it_has_ended(play):
    server = play.stage.backend(backends.mute)
    play.start([server], env={"WEIR_FAULT_POINTS": "relay.half_closed=throw:1"})
    peer = play.half_closed(server)[1]
    with contextlib.suppress(OSError):  # the fault may have come first
        peer.send(b"x")


def end_by_api(api, what):
    """Ends the one session that the filter finds."""
    found = eventually(lambda: api.read(f"/api/v1/sessions?filter={what}")["sessions"], 5)
    api.delete("/api/v1/sessions/" + found[0]["id"])


@ends_with(
    ("weir", "admin", "pick"),
    ("weir", "admin", "connect"),
    ("weir", "admin", "relay"),
    ("weir", "admin", "half_closed"),
)
def an_operator(play):
    stage = play.stage
    servers = {"open": stage.backend(backends.mute), "full": stage.backend(backends.mute)}
    hole = stage.black_hole()
    addresses = {name: server.address for name, server in servers.items()}
    play.start(
        config=THREE_POOLS.format(hole=hole.address, **addresses),
        admin_token_file=token_file(stage.directory()),
    )
    api = Api(play.proxy)
    play.session(servers["full"], "full")
    play.client("full")
    end_by_api(api, "stage:queued")
    play.client("hole")
    end_by_api(api, "stage:connecting")
    play.client("open").finish_writing()
    end_by_api(api, "stage:half_closed")
    client, _ = play.session(servers["open"], "open")
    end_by_api(api, "client:%s:%d" % client.socket.getsockname()[:2])


THREE_POOLS = """
[listener.open]
bind = 127.0.0.1:0
pool = open
[listener.full]
bind = 127.0.0.1:0
pool = full
[listener.hole]
bind = 127.0.0.1:0
pool = hole
[pool.open]
backend = {open}
[pool.full]
backend = {full} max_connections=1
[pool.hole]
backend = {hole}
connect_timeout = 1h
"""


@ends_with(
    ("weir", "drain", "pick"),
    ("weir", "drain", "connect"),
    ("weir", "drain", "relay"),
    ("weir", "drain", "half_closed"),
    fault_points=True,
    exits=True,
)
def a_stop(play):
    """One of two reactors stalls, so that the process can be asked after the other's endings."""
    stage = play.stage
    servers = {"open": stage.backend(backends.mute), "full": stage.backend(backends.mute)}
    hole = stage.black_hole()
    addresses = {name: server.address for name, server in servers.items()}
    stall = f"relay.step=stall:1:{STALL_MILLISECONDS}"
    play.start(
        config=THREE_POOLS.format(hole=hole.address, **addresses),
        reactors=2,
        env={"WEIR_FAULT_POINTS": stall},
    )
    proxy = play.proxy
    play.client("open")
    eventually(lambda: servers["open"].accepted == 1, what="the one that stalls")

    def until_it_lands(listener, has_landed):
        """Clients come to either reactor; whoever comes to the one that stalls waits there."""
        client = None
        for _ in range(4):
            client = play.client(listener)
            try:
                eventually(has_landed, 0.5, "it comes to the reactor that runs")
                return client
            except AssertionError:
                continue
        raise AssertionError(f"nobody came to the reactor that runs, of {listener}")

    def connects(pool):
        return proxy.counted("weir_backend_connect_attempts_total", pool=pool)

    until_it_lands("open", lambda: servers["open"].accepted == 2)
    half = until_it_lands("open", lambda: servers["open"].accepted == 3)
    half.finish_writing()
    assert servers["open"].connections[-1].socket.recv(1) == b""
    until_it_lands("full", lambda: servers["full"].accepted == 1)
    until_it_lands("full", lambda: proxy.counted("weir_pool_queue_length") == 1)
    until_it_lands("hole", lambda: connects("hole") == 1)
    proxy.terminate()
    proxy.wait_for_line("draining")
    proxy.terminate()
