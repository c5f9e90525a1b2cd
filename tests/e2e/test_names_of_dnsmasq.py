"""A real name server, dnsmasq, whose records change while sessions run."""
import os
import signal
import time

import pytest

from harness import backends
from harness.proxies import free_port, is_listening
from harness.wait import eventually, patient
from programs import need

NAME = "servers.test"
SESSIONS = 200
INTERVAL = 2  # seconds: resolve_interval


class Dnsmasq:
    """Serves the addresses of NAME, for a second each, and no other name."""

    def __init__(self, programs, directory):
        self._hosts = directory / "hosts"
        self._hosts.write_text("")
        port = free_port()
        self.address = f"127.0.0.1:{port}"
        self._process = programs.spawn(
            [need("dnsmasq"), "--keep-in-foreground", f"--port={port}",
             "--listen-address=127.0.0.1", "--bind-interfaces", "--conf-file=/dev/null",
             "--no-resolv", "--no-hosts", f"--addn-hosts={self._hosts}", "--local=/test/",
             "--local-ttl=1", "--user=root", f"--pid-file={directory / 'dnsmasq.pid'}"]
        )
        eventually(lambda: is_listening(self.address), 10, "dnsmasq listens")

    def set(self, addresses):
        self._hosts.write_text("".join(f"{address} {NAME}\n" for address in addresses))
        self.signal(signal.SIGHUP)

    def signal(self, number):
        os.kill(self._process.pid, number)


@pytest.fixture(name="names")
def _names(programs, tmp_path):
    return Dnsmasq(programs, tmp_path)


def members(proxy):
    (pool,) = proxy.json("/api/v1/status")["pools"]
    return {entry["name"]: entry["state"] for entry in pool["backends"]}


def until(proxy, count, state="healthy"):
    eventually(
        lambda: list(members(proxy).values()).count(state) == count, 20, f"{count} are {state}"
    )


def start(stage, names, port, **wishes):
    options = {"resolve_interval": f"{INTERVAL}s", "resolve_min": "500ms", **wishes}
    return stage.proxy([f"{NAME}:{port}"], reactors=2, nameservers=names.address, **options)


def visit(stage, proxy):
    client = stage.connect(proxy)
    client.echo()
    client.close()
    return True


def test_three_then_five_then_one_under_two_hundred_sessions(stage, names):
    """Must show: new ones get traffic within resolve_interval + 1 s, kept ones lose nothing."""
    port = int(free_port())
    every = [f"127.0.2.{number}" for number in range(1, 6)]
    servers = {each: stage.backend(backends.echo, address=f"{each}:{port}") for each in every}
    names.set(every[:3])
    proxy = start(stage, names, port, leave_timeout="60s")
    until(proxy, 3)
    eventually(lambda: stage.serves(proxy), what="they are used")
    clients = [stage.connect(proxy) for _ in range(SESSIONS)]
    for client in clients:
        client.echo()

    names.set(every)
    changed = time.monotonic()
    eventually(
        lambda: visit(stage, proxy) and all(servers[each].accepted for each in every[3:]),
        INTERVAL + 1,
        "the new addresses get traffic",
    )
    assert time.monotonic() - changed <= patient(INTERVAL + 1)
    for client in clients:
        client.echo()

    names.set(every[1:2])
    until(proxy, 1)
    for client in clients:
        client.echo()
    assert proxy.counted("weir_listener_closed_total", how="reset") == 0


def test_no_answer_and_no_name_keep_what_was_known(stage, names):
    port = int(free_port())
    address = "127.0.2.1"
    stage.backend(backends.echo, address=f"{address}:{port}")
    proxy = start(stage, names, port)
    assert members(proxy) == {}
    names.set([address])
    until(proxy, 1)
    eventually(lambda: stage.serves(proxy), what="it is used")
    names.set([])
    proxy.wait_for_line(r"does not resolve: .*its last addresses hold", patient(10))
    visit(stage, proxy)
    names.set([address])
    proxy.wait_for_line("resolves again", patient(10))
    names.signal(signal.SIGSTOP)
    try:
        eventually(
            lambda: proxy.stderr().count("does not resolve") >= 3, 20, "the silence is noticed"
        )
        visit(stage, proxy)
    finally:
        names.signal(signal.SIGCONT)
    eventually(lambda: proxy.stderr().count("resolves again") >= 2, 20, "it answers again")


def test_a_thousand_addresses_come_by_tcp_and_in_any_order(stage, names):
    names.set([f"127.1.{number // 250}.{number % 250 + 1}" for number in range(1000)])
    proxy = start(stage, names, 9)
    until(proxy, 1000)
    told = proxy.stderr().count("address(es)")
    asked_again = time.monotonic() + 3 * INTERVAL  # dnsmasq rotates its answers
    eventually(lambda: time.monotonic() > asked_again, 3 * INTERVAL + 5, "it was asked again")
    assert proxy.stderr().count("address(es)") == told
    names.set(["127.1.0.1"])
    eventually(lambda: list(members(proxy)) == ["127.1.0.1:9"], 20, "one is left")
