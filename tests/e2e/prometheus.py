"""A real Prometheus that scrapes each second, and the project's rules at the pace of a test."""
import json
import re
import subprocess
import urllib.parse
import urllib.request
from pathlib import Path

from harness.proxies import free_port
from harness.wait import eventually
from programs import need

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
RULES = [DEPLOY / "prometheus" / name for name in ("weir.rules.yml", "weir.alerts.yml")]
WINDOW = "6s"  # of every rate: as short as a scrape a second allows to be even


def promtool(*arguments, given=None):
    """(exit status, what it said)."""
    done = subprocess.run(
        [need("promtool"), *map(str, arguments)], input=given, capture_output=True, text=True,
        timeout=120,
    )
    return done.returncode, done.stdout + done.stderr


def in_seconds(text):
    """The same rules with every range a few seconds long: what takes minutes to be sure of in the
    field must be seen to begin and to end here."""
    text = re.sub(r"\[\d+[smhd]\]", f"[{WINDOW}]", text)
    text = re.sub(r"^( +for:) .*$", r"\1 1s", text, flags=re.MULTILINE)
    return text.replace("name_last_success_seconds > 300", "name_last_success_seconds > 4")


class Prometheus:
    def __init__(self, programs, directory, targets, rules=RULES):
        """`targets`: {instance: address of its admin server}."""
        directory = Path(directory)
        for rule in rules:
            (directory / rule.name).write_text(in_seconds(rule.read_text()))
        jobs = [
            {"targets": [address], "labels": {"instance": name}}
            for name, address in targets.items()
        ]
        configuration = {
            "global": {
                "scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s",
            },
            "rule_files": [rule.name for rule in rules],
            "scrape_configs": [{"job_name": "weir", "static_configs": jobs}],
        }
        path = directory / "prometheus.yml"
        path.write_text(json.dumps(configuration))  # JSON is YAML
        self.address = f"127.0.0.1:{free_port()}"
        programs.spawn([
            need("prometheus"), f"--config.file={path}", f"--storage.tsdb.path={directory}/data",
            f"--web.listen-address={self.address}", "--log.level=warn",
        ])
        eventually(self._is_ready, 20, "Prometheus is ready")

    def _is_ready(self):
        try:
            with urllib.request.urlopen(f"http://{self.address}/-/ready", timeout=5):
                return True
        except OSError:
            return False

    def _get(self, path, **parameters):
        url = f"http://{self.address}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
        try:
            with urllib.request.urlopen(url, timeout=20) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{parameters}: {error.read().decode()}") from None

    def query(self, expression):
        """[(labels, value)]."""
        found = self._get("query", query=expression)["result"]
        return [(sample["metric"], float(sample["value"][1])) for sample in found]

    def values(self, label, selector):
        """The values of that label on the series of the last minutes."""
        return self._get(f"label/{label}/values", **{"match[]": selector})

    def firing(self, instances):
        """{name of the alert: [the alerts]} about these instances."""
        alerts = {}
        for alert in self._get("alerts")["alerts"]:
            if alert["state"] == "firing" and alert["labels"]["instance"] in instances:
                alerts.setdefault(alert["labels"]["alertname"], []).append(alert)
        return alerts
