"""Real servers and clients, each in a folder and on a port of the test's own."""
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import pytest
from harness.proxies import free_port, is_listening
from harness.wait import eventually

POSTGRES_USER = "postgres"


def need(*names):
    """Paths of installed programs. A missing one fails the test, for a skip is overlooked;
    WEIR_TEST_ALLOW_MISSING=1 is for systems that cannot have them all."""
    found = [shutil.which(name) or newest(f"/usr/lib/postgresql/*/bin/{name}") for name in names]
    missing = [name for name, path in zip(names, found) if not path]
    if missing:
        end = pytest.skip if os.environ.get("WEIR_TEST_ALLOW_MISSING") else pytest.fail
        end(f"not installed: {', '.join(missing)}")
    return found if len(found) > 1 else found[0]


def newest(pattern):
    paths = sorted(Path("/").glob(pattern.lstrip("/")))
    return str(paths[-1]) if paths else None


class Programs:
    def __init__(self, directory):
        self.directory = Path(directory)
        self._processes = []
        self._folders = []
        self._stops = []
        self._pids = {}
        self._starts = {}

    def spawn(self, command, **wishes):
        log = open(self.directory / f"{Path(command[0]).name}.log", "ab")
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, **wishes
        )
        log.close()
        self._processes.append(process)
        return process

    def redis(self):
        """The address of a redis-server that keeps nothing."""
        address = f"127.0.0.1:{free_port()}"
        port = address.rpartition(":")[2]
        options = ["--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        return self._serve(
            address, [need("redis-server"), *options, "--dir", str(self.directory)]
        )

    def pid_of(self, address):
        return self._pids[address]

    def kill(self, address):
        os.kill(self.pid_of(address), signal.SIGKILL)

    def restart(self, address):
        """At its old address, after kill()."""
        self._starts[address]()
        self._until_listening(address)

    def _serve(self, address, command):
        def start():
            self._pids[address] = self.spawn(command).pid

        self._starts[address] = start
        start()
        return self._until_listening(address)

    def nginx(self, root):
        """The address of an nginx that serves the files of `root`."""
        address = f"127.0.0.1:{free_port()}"
        work = self.directory / "nginx"
        work.mkdir()
        user = "user root;" if os.geteuid() == 0 else ""
        configuration = work / "nginx.conf"
        configuration.write_text(
            f"""{user}
daemon off;
pid {work}/nginx.pid;
error_log {work}/error.log;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  sendfile on;
  client_body_temp_path {work}/body;
  proxy_temp_path {work}/proxy;
  fastcgi_temp_path {work}/fastcgi;
  uwsgi_temp_path {work}/uwsgi;
  scgi_temp_path {work}/scgi;
  server {{ listen {address}; root {root}; }}
}}
master_process off;
"""
        )
        return self._serve(address, [need("nginx"), "-p", str(work), "-c", str(configuration)])

    def postgres(self):
        """(address, environment of its clients) of a cluster of its own."""
        initdb, pg_ctl = need("initdb", "pg_ctl")
        folder = tempfile.mkdtemp(prefix="weir-postgres-")  # tmp_path is closed to other users
        self._folders.append(folder)
        become = self._become_postgres(folder)
        address = f"127.0.0.1:{free_port()}"
        port = address.rpartition(":")[2]
        data = f"{folder}/data"
        self._run([*become, initdb, "-D", data, "-A", "trust", "-U", POSTGRES_USER, "-N"], folder)
        options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        start = [pg_ctl, "-D", data, "-o", options, "-l", f"{folder}/log", "-w", "start"]

        def run():
            # after a kill its children hold the shared memory for a moment
            eventually(lambda: self._succeeds([*become, *start], folder), 20, "it starts")
            self._pids[address] = int(Path(data, "postmaster.pid").read_text().splitlines()[0])

        self._starts[address] = run
        run()
        stop = [*become, pg_ctl, "-D", data, "-m", "immediate", "-w", "stop"]
        self._stops.append(lambda: self._run(stop, folder))
        return address, {"PGUSER": POSTGRES_USER, "PGDATABASE": "postgres"}

    @staticmethod
    def _become_postgres(folder):
        """initdb refuses to run as root."""
        if os.geteuid() != 0:
            return []
        user = pwd.getpwnam(POSTGRES_USER)
        os.chown(folder, user.pw_uid, user.pw_gid)
        return [need("runuser"), "-u", POSTGRES_USER, "--"]

    def _run(self, command, folder):
        with open(self.directory / "commands.log", "ab") as log:
            subprocess.run(command, check=True, stdout=log, stderr=log, cwd=folder, timeout=60)

    def _succeeds(self, command, folder):
        try:
            self._run(command, folder)
            return True
        except subprocess.CalledProcessError:
            return False

    def _until_listening(self, address):
        eventually(lambda: is_listening(address), 10, f"{address} listens")
        return address

    def end(self):
        for stop in self._stops:
            stop()
        for process in self._processes:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in self._processes:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for folder in self._folders:
            shutil.rmtree(folder, ignore_errors=True)
