"""The proxies compared: how each is configured, started, found ready and stopped."""

import shlex
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from harness import BenchError, processes

ROOT = Path(__file__).resolve().parents[2]
PEERS = ROOT / "bench" / "peers"
BUILT = ROOT / "build" / "release" / "bin"
READY_SECONDS = 10


def output_of(*command):
    """What a program prints, on either stream; empty when it cannot be run."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    except OSError:
        return ""
    return (done.stdout + done.stderr).strip()


def first_line(text):
    return text.splitlines()[0] if text else "unknown"


def fill(template, folder, **values):
    """Writes a configuration from a template of bench/peers; returns its path."""
    text = (PEERS / template).read_text()
    for name, value in values.items():
        text = text.replace(f"@{name}@", str(value))
    path = Path(folder) / template
    path.write_text(text)
    return str(path)


def find_program(name, path):
    found = shutil.which(path or name)
    if not found:
        raise BenchError(
            f"{name}: {path or 'not installed'}. Install it (apt-get install {name}), name it with "
            f"--{name} PATH, or leave it out with --only."
        )
    return found


class Weir:
    name = "weir"
    takes_threads = True

    def __init__(self, path, options, admin="none"):
        self.path = Path(path)
        self.options = shlex.split(options)
        self.admin = admin
        if not self.path.is_file():
            raise BenchError(
                f"weir: {path} is not there. Build it (cmake --preset release && cmake --build "
                "--preset release), name another with --weir PATH, or leave it out with --only."
            )

    def version(self):
        return first_line(output_of(str(self.path), "version"))

    def command(self, listen, backend, directory, place):
        del directory
        words = ["--listen", listen, "--backend", backend]
        # Tied to its core where there is one; else left to the scheduler, as its peers are.
        pin = "none" if "," in place.cores else place.cores
        words += ["--reactors", str(place.reactors), "--pin", pin, "--admin", self.admin]
        words += ["--accept", "reuseport"] if place.own_sockets else []
        return [str(self.path), *words, *self.options]


class Haproxy:
    name = "haproxy"
    program = "haproxy"
    takes_threads = True
    splice = ["no option splice-auto"]
    pipes = []
    per_session = 2

    def __init__(self, path):
        self.path = find_program(self.program, path)

    def version(self):
        return first_line(output_of(self.path, "-v"))

    def command(self, listen, backend, directory, place):
        # Its descriptors for a session, and some for itself.
        sessions = min(int((processes.descriptor_limit() - 200) / self.per_session), 100_000)
        values = {"listen": listen, "backend": backend, "sessions": sessions}
        values["splice"] = "\n    ".join(self.splice)
        values["pipes"] = "\n    ".join(self.pipes)
        values["threads"] = place.threads
        values["shards"] = "by-thread" if place.own_sockets else "1"
        return [self.path, "-db", "-f", fill("haproxy.cfg", directory, **values)]


class HaproxySpliceAuto(Haproxy):
    """With `option splice-auto`, which its manual offers for proxies of much data."""

    name = "haproxy-splice-auto"
    splice = ["option splice-auto"]
    per_session = 2.5  # and a quarter of a pipe: maxpipes


class HaproxySplice(Haproxy):
    """Told to splice whatever can be spliced, through pipes of weir's size."""

    name = "haproxy-splice"
    splice = ["option splice-request", "option splice-response"]
    pipes = ["tune.pipesize 262144"]
    per_session = 2.5


class Nginx:
    name = "nginx"
    takes_threads = True

    def __init__(self, path):
        self.path = find_program(self.name, path)

    def version(self):
        return first_line(output_of(self.path, "-v"))

    def load_module(self):
        """The stream module is built in, or beside the binary in a folder that `nginx -V` names."""
        options = output_of(self.path, "-V").split()
        if "--with-stream" in options:
            return ""
        folders = [word.split("=", 1)[1] for word in options if word.startswith("--modules-path=")]
        for folder in [*folders, "/usr/lib/nginx/modules"]:
            module = Path(folder) / "ngx_stream_module.so"
            if module.is_file():
                return f"load_module {module};"
        raise BenchError("nginx: no stream module. apt-get install libnginx-mod-stream")

    def command(self, listen, backend, directory, place):
        values = {"listen": listen, "backend": backend, "directory": directory}
        values["workers"] = place.threads
        values["reuseport"] = "reuseport" if place.own_sockets else ""
        values["descriptors"] = min(processes.descriptor_limit(), 200_000)
        values["load_module"] = self.load_module()
        path = fill("nginx-stream.conf", directory, **values)
        return [self.path, "-p", str(directory), "-e", "stderr", "-c", path]


class Command:
    """Any other proxy, or another build of weir: a command with {listen}, {backend}, {core}."""

    def __init__(self, definition):
        self.name, _, self.text = definition.partition("=")
        self.takes_threads = "{threads}" in self.text
        if not self.name or "{listen" not in self.text or "{backend" not in self.text:
            wanted = "NAME=COMMAND with {listen} and {backend}"
            raise BenchError(f"--peer {definition}: not {wanted}")

    def version(self):
        return self.text

    def command(self, listen, backend, directory, place):
        words = {"listen": listen, "backend": backend, "directory": directory}
        words |= {"core": place.cores, "threads": place.threads}
        for side, address in (("listen", listen), ("backend", backend)):
            words[f"{side}_host"], _, words[f"{side}_port"] = address.rpartition(":")
        try:
            return [word.format(**words) for word in shlex.split(self.text)]
        except (KeyError, IndexError, ValueError) as error:
            known = " ".join(f"{{{word}}}" for word in words)
            raise BenchError(f"--peer {self.name}: {error}: known are {known}") from None


class NotRunning:
    """Stands in for a proxy where there is none: the backend's address, and nobody's CPU."""

    pid = None

    def __init__(self, proxy, backend):
        self.name = proxy.name
        self.address = backend

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


def run(proxy, backend, place):
    """The proxy, running; use it as a context."""
    if getattr(proxy, "is_process", True):
        return Running(proxy, backend, place)
    return NotRunning(proxy, backend)


class Running:
    """A proxy that runs, in a directory of its own, in its place. Use it as a context."""

    def __init__(self, proxy, backend, place):
        self.name = proxy.name
        self.address = f"127.0.0.1:{processes.free_port()}"
        self.directory = tempfile.TemporaryDirectory(prefix="weir-bench-")
        Path(self.directory.name).chmod(0o755)
        self.log = open(Path(self.directory.name) / "log", "w+b")
        command = proxy.command(self.address, backend, self.directory.name, place)
        self.process = processes.start(
            command, place.cores, self.log, stdin=subprocess.DEVNULL, stdout=self.log
        )

    @property
    def pid(self):
        return self.process.pid

    def __enter__(self):
        try:
            self.wait_until_ready()
        except BaseException:
            self.__exit__()
            raise
        return self

    def stop(self):
        processes.stop(self.process)

    def __exit__(self, *_):
        self.stop()
        self.log.close()
        self.directory.cleanup()

    def wait_until_ready(self):
        host, _, port = self.address.rpartition(":")
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            try:
                socket.create_connection((host, int(port)), 1).close()
                return
            except OSError:
                time.sleep(0.02)
        self.log.seek(0)
        said = self.log.read().decode(errors="replace").strip()[-2000:]
        said = said or "nothing"
        raise BenchError(f"{self.name}: does not accept on {self.address}; it said: {said}")
