"""Chromium without a window, through chromedriver's HTTP interface (W3C WebDriver)."""
import base64
import json
import re
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

from harness.wait import eventually, patient
from programs import need

LISTENS = re.compile(r"started successfully on port (\d+)")
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # of the standard: the key of an element's id
ARGUMENTS = [
    "--headless=new",
    "--no-sandbox",  # which Chromium refuses to have as root
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-extensions",
    "--disable-sync",
    "--no-proxy-server",
]


class Browser:
    def __init__(self, directory, width=1440, height=1000):
        chromedriver, chromium = need("chromedriver", "chromium")
        said = Path(directory) / "chromedriver.log"
        with open(said, "wb") as log:
            self._process = subprocess.Popen(
                [chromedriver, "--port=0"], stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        self._base = ""
        try:
            port = eventually(lambda: LISTENS.search(said.read_text()), 20, "chromedriver listens")
            self._base = f"http://127.0.0.1:{port[1]}/session"
            options = {
                "binary": chromium,
                "args": [
                    *ARGUMENTS,
                    f"--user-data-dir={directory}/chromium",
                    f"--window-size={width},{height}",
                ],
            }
            wanted = {
                "browserName": "chrome",
                "goog:chromeOptions": options,
                "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
            }
            session = self._ask("POST", "", {"capabilities": {"alwaysMatch": wanted}})
            self._base += "/" + session["sessionId"]
        except BaseException:
            self.end()
            raise

    def _ask(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._base + path, data, method=method)
        request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(request, timeout=patient(60)) as response:
                return json.load(response)["value"]
        except urllib.error.HTTPError as error:
            text = error.read().decode()
            raise AssertionError(f"{method} {path}: {text[:400]}") from None

    def go(self, url):
        self._ask("POST", "/url", {"url": url})

    def script(self, text, *arguments):
        """What `return ...` in it gives."""
        return self._ask("POST", "/execute/sync", {"script": text, "args": list(arguments)})

    def find(self, css):
        return self._ask("POST", "/element", {"using": "css selector", "value": css})[ELEMENT]

    def click(self, css):
        self._ask("POST", f"/element/{self.find(css)}/click", {})

    def type(self, css, text):
        """In place of what stands there."""
        element = self.find(css)
        self._ask("POST", f"/element/{element}/clear", {})
        self._ask("POST", f"/element/{element}/value", {"text": text})

    def press(self, key):
        """A key wherever the focus is."""
        keys = [{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]
        action = {"type": "key", "id": "keyboard", "actions": keys}
        self._ask("POST", "/actions", {"actions": [action]})

    def text(self, css):
        return self.script(
            "const found = document.querySelector(arguments[0]);"
            "return found === null ? null : found.innerText;",
            css,
        )

    def texts(self, css):
        return self.script(
            "return [...document.querySelectorAll(arguments[0])].map((one) => one.innerText);", css
        )

    def wait_for(self, condition, what="the condition", within=20):
        """Until the JavaScript expression is true."""
        return eventually(lambda: self.script("return " + condition), within, what)

    def command(self, name, **parameters):
        """Of the DevTools protocol."""
        return self._ask("POST", "/goog/cdp/execute", {"cmd": name, "params": parameters})

    def set_media(self, scheme):
        features = [
            {"name": "prefers-color-scheme", "value": scheme},
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]
        self.command("Emulation.setEmulatedMedia", features=features)

    def set_size(self, width, height, is_phone=False):
        self.command(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=is_phone,
        )

    def picture(self, path):
        Path(path).write_bytes(base64.b64decode(self._ask("GET", "/screenshot")))

    def log(self, kind):
        """browser: its console; performance: what it did on the network."""
        return self._ask("POST", "/se/log", {"type": kind})

    def requested(self):
        """Every address it has asked since this was last called."""
        urls = []
        for entry in self.log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                urls.append(message["params"]["request"]["url"])
        return urls

    def end(self):
        """The browser goes with its driver."""
        try:
            if "/session/" in self._base:
                self._ask("DELETE", "")
        finally:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
