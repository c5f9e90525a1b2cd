#!/usr/bin/env python3
"""Draws the page for the documentation: page_pictures.py WEIR FOLDER [SECONDS].

A proxy with traffic, two pools and a backend of each state, seen in the light, in the dark and on
a phone. SECONDS of traffic come before (60); pictures get a palette where Pillow is there.
"""
import random
import sys
import tempfile
import threading
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "integration"))

from browser import Browser  # noqa: E402
from harness import backends  # noqa: E402
from harness.api import Api, token_file  # noqa: E402
from harness.peers import Peer  # noqa: E402
from harness.proxies import Plan, Weir  # noqa: E402
from harness.wait import eventually, pace  # noqa: E402

CLIENTS = 40
VIEWS = {
    "page-light": ("light", 1440, 960, False),
    "page-dark": ("dark", 1440, 960, False),
    "page-phone": ("light", 390, 960, True),
}


class Traffic:
    """Clients that come, echo now and then, and go."""

    def __init__(self, addresses):
        self.over = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(addresses[i % len(addresses)], i), daemon=True)
            for i in range(CLIENTS)
        ]
        for thread in self._threads:
            thread.start()

    def _run(self, address, seed):
        chance = random.Random(seed)
        while not self.over.is_set():
            try:
                client = Peer.connect(address)
                for _ in range(chance.randrange(1, 40)):
                    client.echo(bytes(chance.randrange(1, 60_000)))
                    if self.over.wait(chance.uniform(0.05, 0.8)):
                        return
                client.finish_writing()
                client.receive_to_end()
                client.close()
            except (OSError, AssertionError):
                pass

    def end(self):
        self.over.set()
        for thread in self._threads:
            thread.join(10)


def configuration(directory, addresses, gone):
    cache = "\n".join(f"backend = {address}" for address in addresses[:4])
    web = "\n".join(f"backend = {address} max_connections=200" for address in addresses[4:])
    return f"""reactors = 2
pin = none
admin = 127.0.0.1:0
admin_token_file = {token_file(directory)}
[listener.redis]
bind = 127.0.0.1:0
pool = cache
[listener.web]
bind = 127.0.0.1:0
pool = web
max_connections = 5000
[pool.cache]
check = tcp interval=500ms fall=2
{cache}
backend = {gone}
[pool.web]
balance = round_robin
check = tcp interval=1s
{web}
"""


def small(path):
    """With a palette it takes a third."""
    try:
        from PIL import Image
    except ImportError:
        return
    picture = Image.open(path).convert("RGB")
    picture.quantize(256, method=Image.Quantize.MAXCOVERAGE).save(path, optimize=True)


def main(binary, folder, seconds=60.0):
    with tempfile.TemporaryDirectory() as directory:
        servers = [
            backends.Backend(backends.echo, address=f"127.0.{1 + i // 4}.{10 + i}:0")
            for i in range(7)
        ]
        dying = backends.Backend(backends.echo, address="127.0.1.14:0")
        addresses = [server.address for server in servers]
        plan = Plan(config=configuration(directory, addresses, dying.address), reactors=2)
        running = Weir(binary).start(plan, directory)
        browser = None
        traffic = Traffic(list(running.listeners.values()))
        try:
            browser = Browser(directory)
            api = Api(running)
            pace(seconds / 2)
            dying.stop()
            api.set_state("web", addresses[5], "drain")
            api.set_state("cache", addresses[3], "maintenance")
            eventually(
                lambda: api.backend("cache", dying.address)["state"] == "unhealthy", 20, "down"
            )
            pace(seconds / 2)
            for name, (scheme, width, height, is_phone) in VIEWS.items():
                browser.set_media(scheme)
                browser.set_size(width, height, is_phone)
                browser.go(f"http://{running.admin}/")
                browser.wait_for("document.body.dataset.loaded === 'true'", "loaded")
                pace(2.5)
                path = Path(folder) / f"{name}.png"
                browser.picture(path)
                small(path)
                print(f"{path}: {path.stat().st_size / 1024:.0f} KB")
        finally:
            if browser:
                browser.end()
            traffic.end()
            running.terminate()
            running.wait_for_exit()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], *map(float, sys.argv[3:]))
