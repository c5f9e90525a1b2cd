"""weir as a service: what it tells systemd and when, and the sockets it takes from it (G11)."""
import signal
import subprocess

import pytest

from harness import backends
from harness.peers import FIN, format_address
from harness.proxies import free_port, is_listening
from harness.running import Running
from harness.systemd import Notified, listening, start_with_sockets
from harness.wait import eventually, patient

pytestmark = pytest.mark.weir_only


@pytest.fixture(params=["path", "abstract"])
def manager(request, stage):
    where = f"{stage.directory()}/notify"
    made = Notified(where if request.param == "path" else f"@weir-test{where}")
    yield made
    made.close()


@pytest.fixture
def sockets():
    """Those that the test plays systemd with."""
    made = []

    def make(*arguments):
        made.append(listening(*arguments))
        return made[-1]

    yield make
    for sock in made:
        sock.close()


# What it tells


def test_it_is_ready_when_it_serves_and_stopping_from_the_signal_on(stage, manager):
    """G11: in this order, each once."""
    backend = stage.backend(backends.echo)
    proxy = stage.launch(
        [backend], drain_delay="500ms", drain_timeout="10s", reactors=2,
        env={"NOTIFY_SOCKET": manager.address},
    )
    _, message = manager.next()
    assert message["READY"] == "1" and "2 reactor(s)" in message["STATUS"], message
    address = proxy.wait_for_line(r"listening on (\S+) \(listener ").group(1)
    client = stage.connect(address)
    client.echo()
    proxy.terminate()
    _, message = manager.next()
    assert message["STOPPING"] == "1" and "1 session(s)" in message["STATUS"], message
    assert 10_500_000 <= int(message["EXTEND_TIMEOUT_USEC"]) <= 20_000_000, message
    client.finish_writing()
    assert client.receive_to_end().how == FIN
    proxy.expect_clean_exit()
    assert manager.next(within=0.1) is None


def test_a_start_that_fails_is_never_ready(stage, manager, sockets):
    """G11, D14."""
    taken = format_address(sockets())
    proxy = stage.launch(["127.0.0.1:1"], listen=taken, env={"NOTIFY_SOCKET": manager.address})
    assert proxy.wait_for_exit() == 1
    assert manager.next(within=0.1) is None


@pytest.mark.parametrize("manager", ["path"], indirect=True)
def test_the_watchdog_is_fed_at_half_its_interval(stage, manager):
    """G11: by what systemd recommends, sd_watchdog_enabled(3)."""
    interval = patient(0.4)
    proxy = stage.proxy(
        [stage.backend(backends.echo)], reactors=2,
        env={"NOTIFY_SOCKET": manager.address, "WATCHDOG_USEC": str(int(interval * 1e6))},
    )
    assert "READY" in manager.next()[1]
    times = manager.pings(11)
    steps = [later - earlier for earlier, later in zip(times, times[1:])]
    assert max(steps) < interval, steps
    assert 0.4 * interval < sum(steps) / len(steps) < 0.75 * interval, steps
    proxy.terminate()
    proxy.expect_clean_exit()


@pytest.mark.parametrize("environment", [{}, {"WATCHDOG_USEC": "100000", "WATCHDOG_PID": "1"}])
def test_a_watchdog_that_is_not_its_own_is_not_fed(stage, manager, environment):
    """G11."""
    stage.proxy(
        [stage.backend(backends.echo)], env={"NOTIFY_SOCKET": manager.address, **environment}
    )
    assert "READY" in manager.next()[1]
    assert manager.next(within=0.5) is None


@pytest.mark.parametrize("manager", ["path"], indirect=True)
def test_a_reactor_that_hangs_starves_the_watchdog(stage, weir, manager):
    """G11: one of two; and it is fed again when the reactor goes on."""
    if not weir.fault_points():
        pytest.skip("built without fault points (a release)")
    proxy = stage.proxy(
        [stage.backend(backends.echo)], reactors=2,
        env={
            "NOTIFY_SOCKET": manager.address, "WATCHDOG_USEC": "200000",
            "WEIR_FAULT_POINTS": f"relay.step=stall:1:{int(patient(4) * 1000)}",
        },
    )
    assert "READY" in manager.next()[1]
    manager.pings(3)
    client = stage.connect(proxy)
    client.send(b"ping")
    for _ in range(100):  # pings, for the ten seconds that it may take to see
        hangs_since, said = manager.next()
        if said != {"WATCHDOG": "1"}:
            break
    assert "hangs" in said.get("STATUS", ""), said
    goes_on, said = manager.next(within=10)
    assert said == {"WATCHDOG": "1"} and goes_on - hangs_since > 0.5, said
    assert "serving" in manager.next()[1].get("STATUS", "")
    assert client.receive(4) == b"ping"
    client.close()


def test_a_manager_that_does_not_listen_is_no_reason_to_fail(stage):
    proxy = stage.proxy(
        [stage.backend(backends.echo)],
        env={"NOTIFY_SOCKET": "/nonexistent/notify", "WATCHDOG_USEC": "100000"},
    )
    stage.connect(proxy).echo()


# What it takes

CONFIG = """
[listener.web]
bind = {web}
pool = p
[listener.own]
bind = 127.0.0.1:0
pool = p
[pool.p]
backend = {backend}
"""


def command(stage, weir, web, **wishes):
    backend = stage.backend(backends.echo).address
    plan = stage.plan(config=CONFIG.format(web=web, backend=backend), **wishes)
    return weir.command(plan, stage.directory())


def serve(stage, weir, sockets, names, web, **wishes):
    running = start_with_sockets(command(stage, weir, web, **wishes), sockets, names)
    stage.keep_running(running)
    return running


@pytest.mark.parametrize("reactors", [1, 2])
def test_a_listener_takes_the_socket_of_its_name_and_the_others_are_bound(
    stage, weir, sockets, reactors
):
    passed = sockets()
    address = format_address(passed)
    running = serve(stage, weir, [passed], ["web"], address, reactors=reactors)
    assert running.wait_for_line(r"listening on (\S+) \(listener web").group(1) == address
    own = running.wait_for_line(r"listening on (\S+) \(listener own").group(1)
    for where in (address, own):
        stage.connect(where).echo()
    for client in stage.clients:
        client.close()
    running.terminate()
    running.expect_clean_exit()


@pytest.mark.parametrize("reactors", [1, 2])
def test_who_comes_while_it_restarts_waits_and_is_served(stage, weir, sockets, reactors):
    """The drain must not shut a socket that systemd goes on listening on."""
    passed = sockets()
    address = format_address(passed)
    first = serve(stage, weir, [passed], ["web"], address, reactors=reactors)
    before = stage.connect(address)
    before.echo()
    before.close()
    first.terminate()
    first.expect_clean_exit()
    assert is_listening(address), "the drain has shut the socket"
    client = stage.connect(address)
    client.send(b"early")
    second = serve(stage, weir, [passed], ["web"], address, reactors=reactors)
    assert client.receive(5) == b"early"
    client.close()
    second.terminate()
    second.expect_clean_exit()


def test_the_file_of_a_passed_unix_socket_stays(stage, weir):
    """systemd's, as the socket is."""
    path = f"{stage.directory()}/sock"
    activate = ["systemd-socket-activate", f"--listen={path}", "--fdname=web"]
    running = Running([*activate, *command(stage, weir, f"unix:{path}")])
    stage.keep_running(running)
    eventually(lambda: is_listening(f"unix:{path}"), what="systemd-socket-activate listens")
    client = stage.connect(f"unix:{path}")
    client.echo()
    client.close()
    running.terminate()
    running.expect_clean_exit()
    assert subprocess.run(["test", "-S", path], check=False).returncode == 0


def test_the_first_client_starts_it(stage, weir):
    """The real systemd-socket-activate: two sockets, each under its listener's name."""
    web, own = (f"127.0.0.1:{free_port()}" for _ in range(2))
    text = command(stage, weir, web)
    plan = stage.plan(config=open(text[2]).read().replace("127.0.0.1:0", own))
    activate = ["systemd-socket-activate", f"--listen={own}", f"--listen={web}",
                "--fdname=own:web"]
    running = Running([*activate, *weir.command(plan, stage.directory())])
    stage.keep_running(running)
    eventually(lambda: is_listening(web), what="systemd-socket-activate listens")
    for where in (own, web):
        client = stage.connect(where)
        client.echo()
        client.close()
    running.signal(signal.SIGTERM)
    running.expect_clean_exit()


def refused(stage, weir, sockets, names, web, **wishes):
    running = serve(stage, weir, sockets, names, web, **wishes)
    assert running.wait_for_exit() == 1, running.stderr()
    running.ending_judged = True
    assert "listening on" not in running.stderr(), running.stderr()
    return running.stderr()


def test_a_socket_of_no_listener_is_refused_with_the_names_there_are(stage, weir, sockets):
    said = refused(stage, weir, [sockets()], ["weir.socket"], "127.0.0.1:0")
    assert "weir.socket" in said and "FileDescriptorName=" in said and "web, own" in said, said


def test_a_socket_of_another_address_is_refused(stage, weir, sockets):
    passed, wanted = sockets(), f"127.0.0.1:{free_port()}"
    said = refused(stage, weir, [passed], ["web"], wanted)
    assert format_address(passed) in said and wanted in said and "ListenStream=" in said, said


def test_reuseport_wants_a_socket_for_each_reactor(stage, weir, sockets):
    passed = sockets()
    said = refused(stage, weir, [passed], ["web"], format_address(passed), reactors=2,
                   accept="reuseport")
    assert "1 socket(s)" in said and "accept = distribute" in said, said
