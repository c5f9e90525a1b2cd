"""Addresses of every kind on both sides, and several listeners and pools in one process."""
import os
import socket
import stat

import pytest

from harness import backends
from harness.peers import FIN, RESET
from harness.proxies import is_listening
from harness.stage import together
from harness.stream import digest_of
from harness.wait import eventually

KINDS = ["127.0.0.1:0", "[::1]:0", "unix"]
SIZE = 2_000_000


def address_of(kind, stage, name):
    return f"unix:{stage.directory()}/{name}" if kind == "unix" else kind


@pytest.mark.parametrize("upstream", KINDS)
@pytest.mark.parametrize("downstream", KINDS)
def test_every_kind_of_address_relays_both_ways(stage, downstream, upstream):
    """Build 3: IPv4, IPv6 and unix sockets on both sides, with half-close and checksums."""
    backend = stage.backend(
        backends.answer(SIZE, seed=2), address=address_of(upstream, stage, "backend")
    )
    proxy = stage.proxy([backend], listen=address_of(downstream, stage, "front"), reactors=2)
    for _ in range(5):
        client = stage.connect(proxy)
        client.send_stream(SIZE, seed=1)
        client.finish_writing()
        answer = client.receive_to_end()
        assert (answer.how, answer.digest) == (FIN, digest_of(SIZE, seed=2))
        request = backend.outcome()
        assert (request.how, request.digest) == (FIN, digest_of(SIZE, seed=1))
    proxy.wait_for_endings({("client", "fin"): 5})


@pytest.mark.weir_only
def test_a_reset_over_unix_sockets_becomes_a_close(stage):
    """Design 8: unix sockets know no reset; the session ends all the same."""
    backend = stage.backend(backends.mute, address=address_of("unix", stage, "backend"))
    proxy = stage.proxy([backend])
    client = stage.connect(proxy)
    eventually(lambda: backend.accepted, what="connected")
    client.reset()
    assert backend.connections[0].receive_to_end(within=5).how in (FIN, RESET)
    proxy.wait_for_endings({("client", "reset"): 1})


@pytest.mark.weir_only
def test_a_stale_socket_file_is_removed_at_bind_and_its_mode_is_set(stage):
    """Design 7: what a kill -9 left behind does not hinder a restart; mode=0660."""
    backend = stage.backend(backends.echo)
    path = f"{stage.directory()}/front"
    stale = backends.Backend(backends.mute, address=f"unix:{path}")
    stale.stop()
    assert os.path.exists(path)
    config = f"""
[listener.front]
bind = unix:{path} mode=0660
pool = echo
[pool.echo]
backend = {backend.address}
"""
    proxy = stage.proxy(config=config)
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o660
    stage.connect(f"unix:{path}").echo()
    assert proxy.alive()


@pytest.mark.weir_only
@pytest.mark.parametrize("mode", ["", " mode=0660"])
def test_the_admin_server_may_listen_on_a_unix_socket_and_removes_it(stage, weir, mode):
    """I9: 0600 unless told otherwise; the file goes with the process."""
    backend = stage.backend(backends.echo)
    path = f"{stage.directory()}/admin"
    proxy = stage.proxy([backend], admin=f"unix:{path}{mode}")
    proxy.has_metrics = False  # this harness scrapes over TCP
    assert stat.S_IMODE(os.stat(path).st_mode) == (0o660 if mode else 0o600)
    assert weir.run("healthcheck", "--admin", f"unix:{path}").returncode == 0
    proxy.terminate()
    proxy.expect_clean_exit()
    assert not os.path.exists(path)


@pytest.mark.weir_only
def test_a_unix_socket_that_somebody_listens_on_is_not_taken(stage):
    """D14: only a stale file is removed."""
    other = stage.backend(backends.echo, address=address_of("unix", stage, "front"))
    proxy = stage.launch(["127.0.0.1:1"], listen=other.address)
    assert proxy.wait_for_exit() == 1, proxy.stderr()
    assert other.address[len("unix:") :] in proxy.stderr()
    stage.connect(other.address).echo()


@pytest.mark.weir_only
def test_a_file_that_is_no_socket_is_not_removed(stage):
    """D14: somebody mistyped a path."""
    path = f"{stage.directory()}/precious"
    with open(path, "w", encoding="ascii") as file:
        file.write("data")
    proxy = stage.launch(["127.0.0.1:1"], listen=f"unix:{path}")
    assert proxy.wait_for_exit() == 1, proxy.stderr()
    with open(path, encoding="ascii") as file:
        assert file.read() == "data"


@pytest.mark.weir_only
def test_a_full_backlog_of_a_unix_backend_is_waited_for(stage):
    """facts.md: connect is EAGAIN at once there, and the way on is to try again."""
    directory = stage.directory()
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(f"{directory}/full")
        listening.listen(0)
        filler = socket.socket(socket.AF_UNIX)
        filler.connect(f"{directory}/full")
        proxy = stage.proxy([f"unix:{directory}/full"], connect_timeout="5s")
        client = stage.connect(proxy)
        client.send(b"patience")
        assert client.silent_for(0.3)
        assert proxy.cpu_share(0.5) < 0.1
        first, _ = listening.accept()  # makes room
        listening.settimeout(10)
        second, _ = listening.accept()
        second.settimeout(10)
        assert second.recv(100) == b"patience"
        for sock in (first, second, filler):
            sock.close()


@pytest.mark.weir_only
@pytest.mark.parametrize(
    "reactors, accept", [(1, "distribute"), (2, "distribute"), (2, "reuseport")]
)
def test_two_listeners_with_two_pools_relay_at_once(stage, reactors, accept):
    """Must show: from one file, each its own pool, each its own figures."""
    first, second = stage.backend(backends.banner(b"1")), stage.backend(backends.banner(b"2"))
    config = f"""
reactors = {reactors}
accept = {accept}
[listener.one]
bind = 127.0.0.1:0
pool = first
[listener.two]
bind = [::1]:0
pool = second
[pool.first]
balance = round_robin
backend = {first.address}
[pool.second]
backend = {second.address}
"""
    proxy = stage.proxy(config=config, reactors=None)

    def work(index):
        name, greeting = (("one", b"1"), ("two", b"2"))[index % 2]
        for _ in range(20):
            client = stage.connect(proxy.listeners[name])
            assert client.receive(1) == greeting
            client.echo(bytes(10_000))
            client.finish_writing()
            assert client.receive_to_end().how == FIN

    together(4, work)
    assert (first.accepted, second.accepted) == (40, 40)
    for name in ("one", "two"):
        proxy.wait_for_count("weir_listener_accepted_total", 40, listener=name)
    for pool, backend in (("first", first), ("second", second)):
        attempts = proxy.counted(
            "weir_backend_connect_attempts_total", pool=pool, backend=backend.address
        )
        assert attempts == 40


@pytest.mark.weir_only
def test_values_of_a_section_beat_those_of_the_top_level(stage):
    """Design 6: defaults for all sections; a section's own value wins."""
    backend = stage.backend(backends.mute)
    config = f"""
idle_timeout = 500ms
[listener.short]
bind = 127.0.0.1:0
pool = short
[listener.long]
bind = 127.0.0.1:0
pool = long
[pool.short]
backend = {backend.address}
[pool.long]
idle_timeout = ${{LONG:-1h}}
backend = {backend.address}
"""
    proxy = stage.proxy(config=config)
    short, long = (stage.connect(proxy.listeners[name]) for name in ("short", "long"))
    assert short.receive_to_end(within=5).how == RESET
    assert long.silent_for(1.0)
    assert is_listening(proxy.listeners["long"])
