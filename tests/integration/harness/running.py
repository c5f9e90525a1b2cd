"""A proxy process under test: its log, its load, its metrics, its end."""
import contextlib
import http.client
import json
import os
import re
import signal
import subprocess
import threading
import time

from harness.metrics import Metrics
from harness.wait import eventually, pace, patient

FORBIDDEN = (
    "died:",
    "broken invariant",
    "runtime error",
    "AddressSanitizer",
    "LeakSanitizer",
    "ThreadSanitizer",
    "UndefinedBehaviorSanitizer",
)
DESCRIPTORS_OF_OTHERS = 3
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


def environment(additions=None):
    """Ours without what steers the tests: weir reads WEIR_* as its own settings."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("WEIR_")}
    return {**ours, **(additions or {})}


class Running:
    """Started by a driver; the stage ends it and looks at what it leaves behind."""

    def __init__(self, command, env=None, cwd=None, pass_fds=()):
        self.lines = []  # (monotonic time, text)
        self.address = None  # of its only or first listener
        self.listeners = {}  # name -> address
        self.admin = None
        self.has_metrics = False
        self.ending_judged = False
        self.descriptors_at_start = None
        self._arrived = threading.Condition()
        self._may_read = threading.Event()
        self._may_read.set()
        self._process = subprocess.Popen(
            command,
            env=environment(env),
            cwd=cwd,
            pass_fds=pass_fds,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
        )
        self.pid = self._process.pid
        self._reader = threading.Thread(target=self._read_stderr, daemon=True)
        self._reader.start()

    # What it says

    def _read_stderr(self):
        for line in self._process.stderr:
            with self._arrived:
                self.lines.append((time.monotonic(), line.rstrip("\n")))
                self._arrived.notify_all()
            self._may_read.wait()

    @contextlib.contextmanager
    def standard_error_unread(self):
        """It is full meanwhile, and nobody reads it."""
        self._may_read.clear()
        descriptor = os.open(f"/proc/{self.pid}/fd/2", os.O_WRONLY | os.O_NONBLOCK)
        try:
            for _ in range(3):  # what the reader took before it stopped makes room once more
                with contextlib.suppress(BlockingIOError):
                    while True:
                        os.write(descriptor, b"-" * 63 + b"\n")
                pace(0.1)
            yield
        finally:
            os.close(descriptor)
            self._may_read.set()

    def stderr(self):
        return "\n".join(text for _, text in list(self.lines))

    def lines_since(self, moment):
        return [text for when, text in list(self.lines) if when >= moment]

    def wait_for_line(self, pattern, within=10.0):
        """The first match in the log, past or to come; fails early when the process ends."""
        regex, seen = re.compile(pattern), 0
        deadline = time.monotonic() + patient(within)
        with self._arrived:
            while True:
                for _, text in self.lines[seen:]:
                    match = regex.search(text)
                    if match:
                        return match
                seen = len(self.lines)
                ended = not self._reader.is_alive()
                assert not ended, f"ended before {pattern!r}:\n{self.stderr()}"
                left = deadline - time.monotonic()
                assert left > 0, f"no line {pattern!r}:\n{self.stderr()}"
                self._arrived.wait(min(left, 0.05))

    # What it uses

    def cpu_seconds(self):
        """User and system time, ended threads included."""
        with open(f"/proc/{self.pid}/stat", encoding="ascii") as file:
            fields = file.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND

    def cpu_share(self, seconds):
        """Share of one core over the next `seconds`."""
        start, before = time.monotonic(), self.cpu_seconds()
        pace(seconds)
        return (self.cpu_seconds() - before) / (time.monotonic() - start)

    def resident_bytes(self):
        with open(f"/proc/{self.pid}/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def open_descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    # What it counts

    def request(self, path, method="GET", within=5.0):
        """(status, body) of one request to the admin server."""
        host, _, port = self.admin.rpartition(":")
        deadline = patient(within)
        connection = http.client.HTTPConnection(host.strip("[]"), int(port), timeout=deadline)
        try:
            connection.request(method, path)
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()

    def json(self, path):
        status, body = self.request(path)
        assert status == 200, f"{path}: {status} {body[:200]}"
        return json.loads(body)

    def metrics(self):
        status, body = self.request("/metrics")
        assert status == 200, f"/metrics: {status} {body[:200]}"
        return Metrics(body)

    def counted(self, name, **labels):
        """The sum of a metric; 0 for a proxy that has none."""
        return self.metrics().sum(name, **labels) if self.has_metrics else 0

    def sessions_active(self):
        return self.counted("weir_listener_sessions_active")

    def wait_for_count(self, name, value, within=5.0, **labels):
        """Until the metric has that value, and (a moment later) still."""
        if not self.has_metrics:
            return
        eventually(
            lambda: self.counted(name, **labels) == value, within, f"{name}{labels} == {value}"
        )
        found = self.counted(name, **labels)
        assert found == value, f"{name}{labels} is {found:g}, expected {value}"

    def wait_for_endings(self, expected, within=5.0):
        """Until exactly these {(who, how): count} sessions have ended since the start."""
        if not self.has_metrics:
            return
        total = sum(expected.values())
        eventually(
            lambda: sum(self.metrics().endings().values()) >= total,
            within,
            f"{total} sessions ended",
        )
        found = self.metrics().endings()
        assert found == expected, f"ended {found}, expected {expected}"

    def wait_until_at_rest(self, within=5.0):
        """No session is left and its reactors agree."""
        if not self.has_metrics:
            return
        eventually(lambda: self.sessions_active() == 0, within, "weir_listener_sessions_active 0")
        eventually(
            lambda: self.counted("weir_reactor_sessions_active") == 0,
            within,
            "weir_reactor_sessions_active 0",
        )

    def wait_until_descriptors_are_back(self, within=5.0):
        """As many as when it had started, and what the log and a scrape may hold."""
        if self.descriptors_at_start is None:
            return
        pipes = 2 * int(self.counted("weir_reactor_pipes_open"))
        most = self.descriptors_at_start + DESCRIPTORS_OF_OTHERS + pipes
        eventually(lambda: self.open_descriptors() <= most, within, f"at most {most} descriptors")

    # Its end

    def alive(self):
        return self._process.poll() is None

    def signal(self, number):
        self._process.send_signal(number)  # not os.kill: the pid may be a stranger's by now

    def terminate(self):
        self.signal(signal.SIGTERM)

    def wait_for_exit(self, within=10.0):
        """Its exit status; negative is the signal that ended it."""
        try:
            status = self._process.wait(patient(within))
        except subprocess.TimeoutExpired:
            raise AssertionError(f"still running after {patient(within):g} s") from None
        self._reader.join(patient(5))
        return status

    def kill(self):
        """The last resort, so that no test leaves a process behind."""
        if self.alive():
            self._process.kill()
            self._process.wait()
        self._reader.join(5)
        self._process.stderr.close()

    def judge_log(self):
        faults = [text for _, text in self.lines if any(word in text for word in FORBIDDEN)]
        assert not faults, "\n".join(faults[:20]) + "\n\n" + self.stderr()[-6000:]

    def expect_clean_exit(self, within=10.0):
        status = self.wait_for_exit(within)
        self.ending_judged = True
        self.judge_log()
        assert status == 0, f"exit status {status}\n{self.stderr()[-3000:]}"
