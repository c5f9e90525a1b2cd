"""Starting: every fault at once, a taken port named, nothing half-started, nothing left over."""
import os
import signal
import socket

import pytest

from harness import backends
from harness.peers import FIN, format_address
from harness.proxies import free_port, is_listening
from harness.wait import Stopwatch, eventually, pace

FIVE_FAULTS = """\
reactors = many
[listener.web]
bind = 127.0.0.1:99999
pool = nowhere
[pool.cache]
balance = fairest
conect_timeout = 2s
backend = 127.0.0.1:6379
"""

GOOD = """\
[listener.web]
bind = 127.0.0.1:{port}
pool = web
[pool.web]
backend = 127.0.0.1:6379
"""


@pytest.fixture
def taken():
    """A port that somebody else listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield format_address(listening)


def write(directory, text):
    path = f"{directory}/weir.conf"
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


@pytest.mark.parametrize("command", [["check", "--config"], ["--config"]])
def test_five_faults_give_five_messages_and_exit_2(weir, tmp_path, command):
    """Bad input: file and line, key, nearest known key; not one after the other."""
    path = write(tmp_path, FIVE_FAULTS)
    result = weir.run(*command, path)
    lines = [line for line in result.stderr.splitlines() if line.strip()]
    assert result.returncode == 2, result
    assert len(lines) == 5, result.stderr
    for line_number, word in (
        (1, "reactors"),
        (3, "bind"),
        (4, "nowhere"),
        (6, "balance"),
        (7, "connect_timeout"),
    ):
        found = [line for line in lines if f"{path}:{line_number}:" in line]
        assert len(found) == 1 and word in found[0], (line_number, word, result.stderr)


def test_faults_of_the_command_line_are_all_told(weir):
    """Bad input: flags."""
    result = weir.run(
        "--listen", "nonsense", "--reactors", "0x", "--balance", "fairest", "--no-such-flag", "1"
    )
    assert result.returncode == 2
    for word in ("nonsense", "0x", "fairest", "no-such-flag"):
        assert word in result.stderr, result.stderr


def test_a_backend_or_a_listener_is_required(weir):
    """Bad input: nothing to do is a fault too."""
    assert weir.run("--listen", "127.0.0.1:0").returncode == 2
    assert weir.run("--backend", "127.0.0.1:1").returncode == 2


def test_a_file_that_does_not_exist_is_named(weir, tmp_path):
    """Bad input."""
    result = weir.run("--config", f"{tmp_path}/missing.conf")
    assert result.returncode in (1, 2)
    assert "missing.conf" in result.stderr


def test_check_accepts_a_good_file_and_binds_nothing(weir, tmp_path, taken):
    """G6: the port is somebody else's, and that is none of check's business."""
    path = write(tmp_path, GOOD.format(port=taken.rpartition(":")[2]))
    result = weir.run("check", "--config", path)
    assert result.returncode == 0, result.stderr
    socket_path = f"{tmp_path}/sock"
    text = GOOD.replace("127.0.0.1:{port}", f"unix:{socket_path}")
    assert weir.run("check", "--config", write(tmp_path, text)).returncode == 0
    assert not is_listening(f"unix:{socket_path}")


@pytest.mark.parametrize("token", [None, "", "short\n", "with a blank in it, but long\n"])
def test_check_reads_the_file_of_the_token(weir, tmp_path, token):
    file = tmp_path / "token"
    if token is not None:
        file.write_text(token)
    words = ["--listen", "127.0.0.1:0", "--backend", "127.0.0.1:1", "--admin-token-file", str(file)]
    result = weir.run("check", *words)
    assert result.returncode == 2
    assert f"admin_token_file: {file}: " in result.stderr
    file.write_text("a-token-that-nobody-guesses\n")
    assert weir.run("check", *words).returncode == 0
    assert weir.run("check", *words, "--admin", "none").returncode == 0


def test_a_taken_port_is_named_and_the_start_fails(stage, weir, taken):
    """D14: exit 1, the address in the message."""
    proxy = stage.launch(["127.0.0.1:1"], listen=taken)
    assert proxy.wait_for_exit() == 1, proxy.stderr()
    assert taken in proxy.stderr(), proxy.stderr()


def test_nothing_is_left_when_the_last_of_three_listeners_fails(stage, weir, taken):
    """D14: never a half-started server; the file of a unix socket goes too."""
    path = f"{stage.directory()}/first"
    second = f"127.0.0.1:{free_port()}"
    config = f"""
[listener.first]
bind = unix:{path}
pool = p
[listener.second]
bind = {second}
pool = p
[listener.third]
bind = {taken}
pool = p
[pool.p]
backend = 127.0.0.1:1
"""
    proxy = stage.launch(config=config)
    assert proxy.wait_for_exit() == 1, proxy.stderr()
    assert taken in proxy.stderr(), proxy.stderr()
    assert "listening on" not in proxy.stderr(), proxy.stderr()
    assert not os.path.exists(path)


@pytest.mark.parametrize("accept", ["distribute", "reuseport"])
def test_a_second_weir_on_the_same_port_is_refused(stage, weir, accept):
    """D14: SO_REUSEPORT must not let two processes share a port without a word."""
    backend = stage.backend(backends.echo)
    first = stage.proxy([backend], reactors=2, accept=accept)
    second = stage.launch([backend], reactors=2, accept=accept, listen=first.address)
    assert second.wait_for_exit() == 1, second.stderr()
    assert first.address in second.stderr(), second.stderr()
    stage.connect(first).echo()


def test_a_forbidden_port_is_named_and_the_start_fails(stage, weir, shim):
    """D14, Bad input: EACCES, as for a port below 1024 without the right to it."""
    address = f"127.0.0.1:{free_port()}"
    environment = shim.environment("bind:EACCES:*")
    shim.arm()
    proxy = stage.launch(["127.0.0.1:1"], listen=address, env=environment)
    assert proxy.wait_for_exit() == 1, proxy.stderr()
    assert shim.failed("bind") == 1
    assert address in proxy.stderr() and "1023" in proxy.stderr(), proxy.stderr()


def test_a_taken_admin_port_fails_the_start(stage, weir, taken):
    """D14, I6: our choice is fatal, with the address."""
    proxy = stage.launch([stage.backend(backends.echo)], admin=taken)
    assert proxy.wait_for_exit() == 1, proxy.stderr()
    assert taken in proxy.stderr(), proxy.stderr()


def test_an_access_log_that_is_a_fifo_without_a_reader_fails_the_start(stage, weir):
    """Bad input: it would wait for ever; and nothing is left listening."""
    path = f"{stage.directory()}/fifo"
    os.mkfifo(path)
    proxy = stage.launch(["127.0.0.1:1"], access_log=path)
    assert proxy.wait_for_exit() == 1, proxy.stderr()
    assert path in proxy.stderr(), proxy.stderr()


def test_an_address_of_nobody_fails_the_start(stage, weir):
    """D14: EADDRNOTAVAIL."""
    proxy = stage.launch(["127.0.0.1:1"], listen="192.0.2.77:8080")
    assert proxy.wait_for_exit() == 1, proxy.stderr()
    assert "192.0.2.77:8080" in proxy.stderr(), proxy.stderr()


def test_a_port_in_time_wait_does_not_hinder_a_restart(stage, weir):
    """G10: SO_REUSEADDR. The proxy closes first towards the client, so TIME_WAIT is its own."""

    def behaviour(peer):
        peer.send(peer.receive(4))

    backend = stage.backend(behaviour)
    first = stage.proxy([backend])
    address = first.address
    client = stage.connect(first)
    client.echo()
    assert client.receive_to_end().how == FIN
    client.close()
    first.terminate()
    first.expect_clean_exit()
    second = stage.proxy([backend], listen=address)
    stage.connect(second).echo()


def test_sigterm_at_any_moment_of_the_start_is_clean(stage, weir):
    """G4: 40 moments, from the first instruction to half as long again as a start takes."""
    backend = stage.backend(backends.echo)
    watch = Stopwatch()
    stage.launch([backend], reactors=2).wait_for_line("serving with")
    start_seconds = watch.seconds()
    statuses = []
    for moment in range(40):
        proxy = stage.launch([backend], reactors=2)
        pace(moment / 40 * 1.5 * start_seconds)
        proxy.terminate()
        status = proxy.wait_for_exit()
        # before main() has installed its handler the kernel's own answer is as clean as any
        assert status == 0 or (status == -signal.SIGTERM and not proxy.stderr()), (
            moment,
            status,
            proxy.stderr(),
        )
        proxy.judge_log()
        statuses.append(status)
    assert {0, -signal.SIGTERM} == set(statuses), "the moments lie on one side of the start"


def test_sigterm_as_soon_as_it_listens_is_clean(stage, weir):
    """G4: the line may come before the last thread runs."""
    backend = stage.backend(backends.echo)
    for _ in range(20):
        proxy = stage.launch([backend], reactors=2)
        proxy.wait_for_line("listening on")
        proxy.terminate()
        assert proxy.wait_for_exit() == 0, proxy.stderr()
        proxy.judge_log()


def test_settings_may_come_from_the_environment(stage, weir):
    """Design 6: a flag beats the environment beats the default."""
    backend = stage.backend(backends.mute)
    proxy = stage.proxy([backend], env={"WEIR_IDLE_TIMEOUT": "500ms"})
    assert stage.connect(proxy).receive_to_end(within=4).seconds < 3
    proxy = stage.proxy([backend], env={"WEIR_IDLE_TIMEOUT": "500ms"}, idle_timeout="1h")
    assert stage.connect(proxy).silent_for(1.5)


def test_the_commands_that_end_by_themselves(weir):
    """Design 6: version; a help that names the options."""
    version = weir.run("version")
    assert version.returncode == 0 and "weir" in version.stdout + version.stderr
    help_text = weir.run("--help")
    assert help_text.returncode == 0 and "--listen" in help_text.stdout
    assert weir.run("no-such-command").returncode == 2


def test_healthcheck_asks_the_admin_port(stage, weir):
    """Design 6: 0 while it serves, 1 when nobody answers."""
    proxy = stage.proxy([stage.backend(backends.echo)])
    assert weir.run("healthcheck", "--admin", proxy.admin).returncode == 0
    proxy.terminate()
    proxy.expect_clean_exit()
    assert weir.run("healthcheck", "--admin", proxy.admin).returncode == 1


def test_the_listener_is_gone_after_the_end(stage, weir):
    """Life cycle: nothing listens after the exit."""
    proxy = stage.proxy([stage.backend(backends.echo)])
    assert is_listening(proxy.address)
    proxy.terminate()
    proxy.expect_clean_exit()
    eventually(lambda: not is_listening(proxy.address), what="the port is free")
