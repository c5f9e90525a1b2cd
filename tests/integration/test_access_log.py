"""The access log: what a line tells, where it goes, and that no reader of it holds up the relay."""
import contextlib
import json
import os
import re
import select
import signal
import socket
import threading
from datetime import datetime, timezone

import pytest

from harness import backends
from harness.peers import FIN, RESET, Peer
from harness.wait import Stopwatch, eventually, patient

pytestmark = pytest.mark.weir_only

DROPPED = "weir_log_lines_dropped_total"
# How long the blocked log stays blocked: 60 by hand, as in WEIR_TEST_BLOCKED_LOG_SECONDS=60.
BLOCKED_SECONDS = float(os.environ.get("WEIR_TEST_BLOCKED_LOG_SECONDS", "3"))
# Of the rate before: generous, because the machine has few cores and others use them too.
LEAST_SHARE = 0.5


def lines_of(path):
    with open(path, encoding="utf-8") as file:
        return file.read().splitlines()


def lines_come(path, count, within=5.0):
    eventually(
        lambda: os.path.exists(path) and len(lines_of(path)) >= count, within, f"{count} lines"
    )
    lines = lines_of(path)
    assert len(lines) == count, lines
    return lines


def visit(stage, proxy):
    client = stage.connect(proxy)
    client.echo()
    client.finish_writing()
    assert client.receive_to_end().how == FIN
    return client


def client_name(client):
    host, port = client.socket.getsockname()
    return f"{host}:{port}"


# What a line tells


def test_json_tells_what_the_client_and_the_backends_saw(stage):
    """Two fail, one takes it: names, times, bytes, attempts, counts, and what the kernel knows."""
    refusers = [stage.refuser(), stage.refuser()]
    server = stage.backend(backends.answer(12_345))
    path = f"{stage.directory()}/access.json"
    proxy = stage.proxy(
        [*refusers, server], balance="first", access_log=path, access_log_format="json"
    )
    other = stage.connect(proxy)
    eventually(lambda: server.accepted == 1, what="one beside it")
    client = stage.connect(proxy)
    client.send(bytes(777))
    client.finish_writing()
    assert client.receive_to_end().size == 12_345
    (text,) = lines_come(path, 1)
    line = json.loads(text)

    expected = {
        "client": client_name(client),
        "listener": "default",
        "pool": "default",
        "backend": server.address,
        "reactor": 0,
        "ticket": 0,
        "grant": 0,
        "received_bytes": 777,
        "sent_bytes": 12_345,
        "reactor_sessions": 2,
        "listener_sessions": 2,
        "backend_sessions": 2,
        "client_retransmits": 0,
        "backend_retransmits": 0,
        "who": "client",
        "how": "fin",
        "phase": "half_closed",
    }
    assert {key: line[key] for key in expected} == expected
    # Who failed the session beside it within a second comes last: perhaps nobody has to be tried.
    assert line["attempts"] == line["retries"] + 1 == len(line["failed"]) + 1
    assert line["queue_ms"] == 0
    assert 0 < line["connect_ms"] < line["session_ms"]
    assert 0 < line["first_byte_ms"] < line["session_ms"]
    assert line["client_rtt_ms"] > 0 and line["backend_rtt_ms"] > 0
    times = [datetime.strptime(line[key], "%Y-%m-%dT%H:%M:%S.%f%z") for key in ("accepted", "time")]
    lasted = (times[1] - times[0]).total_seconds() * 1000
    assert abs(lasted - line["session_ms"]) < 5
    assert abs((datetime.now(timezone.utc) - times[1]).total_seconds()) < 60

    other.close()
    first = json.loads(lines_come(path, 2)[1])
    assert (first["attempts"], first["retries"]) == (3, 2)
    failed = [(each["backend"], each["error"]) for each in first["failed"]]
    assert sorted(failed) == sorted((refuser.address, "refused") for refuser in refusers)
    assert all(each["ms"] >= 0 for each in first["failed"])


def test_a_session_without_a_backend_says_whom_it_tried(stage):
    refusers = [stage.refuser() for _ in range(3)]
    path = f"{stage.directory()}/access.json"
    proxy = stage.proxy(refusers, access_log=path, access_log_format="json")
    assert stage.connect(proxy).receive_to_end().how == RESET
    line = json.loads(lines_come(path, 1)[0])
    assert (line["who"], line["how"], line["phase"]) == ("backend", "refused", "connect")
    assert line["attempts"] == 3
    assert {each["backend"] for each in line["failed"]} == {each.address for each in refusers}
    unknown = ("backend", "connect_ms", "first_byte_ms", "backend_sessions", "backend_rtt_ms")
    assert [line[key] for key in unknown] == [None] * len(unknown)


def test_text_and_templates_tell_of_the_queue(stage):
    server = stage.backend(backends.echo)
    path = f"{stage.directory()}/access.log"
    proxy = stage.proxy([f"{server.address} max_connections=1"], reactors=2, access_log=path)
    holder = stage.connect(proxy)
    holder.echo()
    waiter = stage.connect(proxy)
    proxy.wait_for_count("weir_pool_queue_length", 1)
    watch = Stopwatch()
    assert waiter.silent_for(0.1)
    waited = watch.seconds()
    holder.close()
    waiter.echo()
    waiter.close()
    second = lines_come(path, 2)[1]
    found = re.fullmatch(
        rf"\S+Z {re.escape(client_name_of(second))} default default/{server.address} "
        r"reactor=[01] id=[01]\.\d+\.\d+ attempts=1 failed=- ticket=1 grant=1 "
        r"queue=(\S+)ms connect=\S+ms first_byte=\S+ms "
        r"session=\S+ms received=4 sent=4 sessions=1/1/1 rtt=\S+/\S+ms retransmits=0/0 "
        r"client/fin/half_closed",
        second,
    )
    assert found, second
    assert float(found.group(1)) >= waited * 1000 * 0.9


def client_name_of(line):
    return line.split()[1]


def test_a_template_has_the_fields_that_it_names(stage, weir):
    server = stage.backend(backends.echo)
    path = f"{stage.directory()}/access.log"
    template = '{{"c":"{client}","b":"{backend}","why":"{who}/{how}"}}'
    proxy = stage.proxy([server], access_log=path, access_log_format=template)
    client = visit(stage, proxy)
    line = json.loads(lines_come(path, 1)[0])
    assert line == {"c": client_name(client), "b": server.address, "why": "client/fin"}
    fault = weir.run(
        "--listen", "127.0.0.1:0", "--backend", "127.0.0.1:1", "--access-log-format", "{cleint}"
    )
    assert fault.returncode == 2
    assert "unknown field 'cleint'. Did you mean 'client'?" in fault.stderr


def test_a_session_has_the_same_name_in_its_line_and_in_the_api(stage):
    path = f"{stage.directory()}/access.log"
    proxy = stage.proxy(
        [stage.backend(backends.echo)], access_log=path, access_log_format="{session}"
    )
    client = stage.connect(proxy)
    client.echo()
    status, text = proxy.request("/api/v1/sessions")
    assert status == 200
    client.close()
    assert lines_come(path, 1) == [json.loads(text)["sessions"][0]["id"]]


def test_unix_sockets_have_no_round_trip_time(stage):
    directory = stage.directory()
    server = stage.backend(backends.echo, address=f"unix:{directory}/backend")
    path = f"{directory}/access.json"
    proxy = stage.proxy(
        [server], listen=f"unix:{directory}/listen", access_log=path, access_log_format="json"
    )
    visit(stage, proxy)
    line = json.loads(lines_come(path, 1)[0])
    assert (line["client"], line["backend"]) == ("unix", f"unix:{directory}/backend")
    assert line["client_rtt_ms"] is None and line["backend_rtt_ms"] is None


@pytest.mark.parametrize("form", ["json", "text", "{client} {backend} {failed}"])
def test_no_name_breaks_a_line(stage, form):
    """I4: a backend's path may hold what some take for the end of a line."""
    name = "\u2028\x85;who=weir"
    directory = stage.directory()
    server = stage.backend(backends.echo, address=f"unix:{directory}/{name}")
    path = f"{directory}/access.log"
    proxy = stage.proxy([server], access_log=path, access_log_format=form)
    for _ in range(3):
        visit(stage, proxy)
    lines = lines_come(path, 3)  # splitlines() splits at U+2028 and U+0085 too
    shown = f"unix:{directory}/\\u2028\\u0085;who=weir"
    assert all(shown in line for line in lines), lines
    if form == "json":
        assert all(json.loads(line)["backend"].endswith(";who=weir") for line in lines)


# Files


def test_a_full_disk_costs_lines_and_nothing_else(stage):
    """I1: ENOSPC. What is lost is counted, and said."""
    proxy = stage.proxy([stage.backend(backends.echo)], reactors=2, access_log="/dev/full")
    for _ in range(30):
        visit(stage, proxy)
    proxy.wait_for_count(DROPPED, 30)
    proxy.wait_for_line(r"access log: No space left on device; \d+ line\(s\) lost")
    assert len(re.findall("No space left", proxy.stderr())) == 1, "said once in a while"


def test_a_file_is_opened_anew_after_it_was_moved_or_deleted(stage):
    """I1, and logrotate: rename, SIGUSR1."""
    path = f"{stage.directory()}/access.log"
    proxy = stage.proxy([stage.backend(backends.echo)], access_log=path)
    visit(stage, proxy)
    lines_come(path, 1)
    os.rename(path, path + ".1")
    visit(stage, proxy)
    lines_come(path + ".1", 2)
    proxy.signal(signal.SIGUSR1)
    proxy.wait_for_line("access log: opened anew")
    visit(stage, proxy)
    lines_come(path, 1)
    with open(path, encoding="utf-8") as deleted:
        os.remove(path)
        visit(stage, proxy)
        eventually(lambda: len(deleted.readlines()) == 2 or deleted.seek(0), what="both lines")
    proxy.signal(signal.SIGUSR1)
    eventually(lambda: os.path.exists(path), what="it is there again")
    visit(stage, proxy)
    lines_come(path, 1)
    lines_come(path + ".1", 2)
    assert proxy.counted(DROPPED) == 0


@pytest.mark.parametrize("hindrance", ["read-only folder", "folder gone", "a folder in its place"])
def test_a_file_that_cannot_be_opened_anew_is_said_and_the_old_one_goes_on(stage, hindrance):
    """I1. Root may write anywhere, so weir runs as nobody here."""
    folder = stage.directory() + "/log"
    os.mkdir(folder, 0o777)
    os.chmod(folder, 0o777)
    os.chmod(os.path.dirname(folder), 0o755)
    path = f"{folder}/access.log"
    proxy = stage.proxy([stage.backend(backends.echo)], access_log=path, unprivileged=True)
    visit(stage, proxy)
    lines_come(path, 1)
    old = f"{folder}-old/access.log"
    if hindrance == "folder gone":
        os.rename(folder, folder + "-old")
    else:
        os.mkdir(folder + "-old")
        os.rename(path, old)
        if hindrance == "read-only folder":
            os.chmod(folder, 0o555)
        else:
            os.mkdir(path)
    proxy.signal(signal.SIGUSR1)
    proxy.wait_for_line(r"access log: cannot open \S+: .+; it goes on in the old file")
    for _ in range(3):
        visit(stage, proxy)
    lines_come(old, 4)
    assert proxy.counted(DROPPED) == 0


def test_sigusr1_without_an_access_log_is_said(stage):
    proxy = stage.proxy([stage.backend(backends.echo)])
    proxy.signal(signal.SIGUSR1)
    proxy.wait_for_line("SIGUSR1: there is no access log to open anew")
    visit(stage, proxy)


# Pipes


class Fifo:
    """A pipe whose reader reads only when told."""

    def __init__(self, stage):
        self.path = f"{stage.directory()}/fifo"
        os.mkfifo(self.path)
        self._end = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK)
        os.set_blocking(self._end, False)

    def read(self):
        with contextlib.suppress(BlockingIOError):
            return os.read(self._end, 1 << 20)
        return b""

    def close(self):
        os.close(self._end)


def visits_in(proxy, seconds, clients=2):
    """Sessions that this many clients get through one after the other in that time."""
    counts = [0] * clients
    failures = []

    def run(index):
        watch = Stopwatch()
        try:
            while watch.seconds() < seconds:
                client = Peer.connect(proxy.address)
                client.echo()
                client.finish_writing()
                assert client.receive_to_end().how == FIN
                client.close()
                counts[index] += 1
        except BaseException as error:  # raised below, in the test's own thread
            failures.append(error)

    threads = [threading.Thread(target=run, args=(index,), daemon=True) for index in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(seconds + patient(20))
    assert not failures, failures
    return sum(counts)


def test_a_blocked_log_costs_lines_and_no_time(stage):
    """I2: a pipe that nobody reads; the relay is as fast as in the same run before it blocked."""
    fifo = Fifo(stage)
    proxy = stage.proxy(
        [stage.backend(backends.echo)], access_log=fifo.path, access_log_format="json"
    )
    reading = threading.Event()

    def drain():
        while not reading.is_set():
            fifo.read()
            reading.wait(0.005)

    reader = threading.Thread(target=drain, daemon=True)
    reader.start()
    visits_in(proxy, 0.5)  # to warm up
    before = visits_in(proxy, BLOCKED_SECONDS) / BLOCKED_SECONDS
    assert proxy.counted(DROPPED) == 0
    reading.set()
    reader.join()
    eventually(
        lambda: visits_in(proxy, 0.5) and proxy.counted(DROPPED) > 0,
        60,
        "the pipe and the queue are full",
    )
    dropped = proxy.counted(DROPPED)
    blocked = visits_in(proxy, BLOCKED_SECONDS)
    print(f"before {before:.0f}/s, blocked {blocked / BLOCKED_SECONDS:.0f}/s")
    eventually(
        lambda: proxy.counted(DROPPED) - dropped >= blocked * 0.9, 5, "what is lost is counted"
    )
    assert blocked / BLOCKED_SECONDS > before * LEAST_SHARE
    while fifo.read():
        pass  # it goes on once somebody reads
    eventually(fifo.read, 5, "lines come again")
    fifo.close()


def test_a_pipe_whose_reader_has_gone_costs_lines_only(stage):
    """I2: EPIPE."""
    fifo = Fifo(stage)
    proxy = stage.proxy([stage.backend(backends.echo)], access_log=fifo.path)
    visit(stage, proxy)
    eventually(fifo.read, what="a line")
    fifo.close()
    for _ in range(10):
        visit(stage, proxy)
    proxy.wait_for_count(DROPPED, 10)
    proxy.wait_for_line("access log: Broken pipe")


# Datagrams


class Receiver:
    """As syslog and journald receive: datagrams at a unix socket."""

    def __init__(self, path):
        self._path = path
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(path)

    def next(self, within=5.0):
        readable, _, _ = select.select([self._socket], [], [], patient(within))
        assert readable, "no datagram"
        return self._socket.recv(65536).decode()

    def stop(self, leaves_its_file=False):
        self._socket.close()
        if not leaves_its_file:
            os.remove(self._path)


@pytest.mark.parametrize("leaves_its_file", [False, True])
def test_a_receiver_of_datagrams_that_restarts_is_found_again(stage, leaves_its_file):
    """I3: what comes while it is away is lost, and counted; nothing before and after is."""
    path = f"{stage.directory()}/log.sock"
    receiver = Receiver(path)
    proxy = stage.proxy(
        [stage.backend(backends.echo)],
        access_log=f"unix:{path}",
        access_log_format="<134>weir: {client} {who}/{how}/{phase}",
    )
    for _ in range(3):
        client = visit(stage, proxy)
        assert receiver.next() == f"<134>weir: {client_name(client)} client/fin/half_closed"
    receiver.stop(leaves_its_file)
    for _ in range(4):
        visit(stage, proxy)
    proxy.wait_for_count(DROPPED, 4)
    proxy.wait_for_line(r"access log: .+; \d+ line\(s\) lost so far")
    if leaves_its_file:
        os.remove(path)
    receiver = Receiver(path)
    client = visit(stage, proxy)
    assert client_name(client) in receiver.next()
    assert proxy.counted(DROPPED) == 4
    receiver.stop()


def test_a_receiver_may_come_after_the_start(stage):
    path = f"{stage.directory()}/log.sock"
    proxy = stage.proxy([stage.backend(backends.echo)], access_log=f"unix:{path}")
    proxy.wait_for_line("cannot send to unix:.*; its lines are lost until somebody receives there")
    visit(stage, proxy)
    proxy.wait_for_count(DROPPED, 1)
    receiver = Receiver(path)
    visit(stage, proxy)
    assert "client/fin/half_closed" in receiver.next()
    receiver.stop()


def test_a_socket_that_takes_no_datagrams_fails_the_start(stage):
    path = f"{stage.directory()}/stream.sock"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path)
        listening.listen()
        proxy = stage.launch([stage.backend(backends.echo)], access_log=f"unix:{path}")
        assert proxy.wait_for_exit() == 1
    assert path in proxy.stderr() and "access_log" in proxy.stderr()
