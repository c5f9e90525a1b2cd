"""What deploy/ gives away, looked at as files: what names what, and that it is there."""
import itertools
import re
import subprocess
import sys
from pathlib import Path

import yaml

import dashboards
from harness.wait import patient
from programs import need
from prometheus import DEPLOY, RULES

ROOT = DEPLOY.parent
EVERY_DASHBOARD = [dashboards.load(name) for name in dashboards.names()]
# What Prometheus itself adds, and what its functions and rules call labels.
LABELS_OF_PROMETHEUS = {"job", "instance", "le"}
TO_COME = {  # shown by the dashboards, and not yet exported
    "weir_backend_session_seconds", "weir_backend_tcp_rtt_seconds",
    "weir_backend_tcp_retransmits_total", "weir_backend_backpressure_pauses_total",
    "weir_backend_paused_seconds_total", "weir_backend_downtime_seconds_total",
}
WORST_EXPOSURE = 2.0  # of ten, by systemd's own measure


def read(path):
    return (ROOT / path).read_text(encoding="utf-8")


def alerts():
    groups = yaml.safe_load(read("deploy/prometheus/weir.alerts.yml"))["groups"]
    return {rule["alert"]: rule for group in groups for rule in group["rules"]}


def rules():
    for path in RULES:
        for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]:
            yield from group["rules"]


def seconds(text):
    number, unit = re.fullmatch(r"(\d+)(ms|s|m|h)", text).groups()
    return int(number) * {"ms": 0.001, "s": 1, "m": 60, "h": 3600}[unit]


# Metrics by name


def families():
    """{name: (is a histogram, its labels)}, from the one table of metrics/."""
    row = r'\{Family::\w+,\s+([CGH]),\s+"(\w+)",\s+"([^"]*)",'
    return {
        name: (kind == "H", {label.strip() for label in labels.split(",") if label.strip()})
        for kind, name, labels in re.findall(row, read("metrics/families.cpp"))
    }


def to_come():
    return TO_COME - set(families())


def selectors(expression):
    """(metric of weir, labels in its braces) of an expression; recorded names left out."""
    for name, braces in re.findall(r"(?<![\w:])(weir_\w+)(?:\{([^}]*)\})?", expression):
        yield name, set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", braces))


def every_expression():
    for dashboard in EVERY_DASHBOARD:
        yield from dashboards.expressions(dashboard)
        for name, selector, _, _ in dashboards.query_variables(dashboard):
            yield f"{dashboard['title']}: variable {name}", selector
    for rule in rules():
        yield rule.get("alert") or rule["record"], rule["expr"]


def test_what_is_asked_for_is_exported():
    """A name or a label that weir does not have would show as an empty panel, or never alert."""
    known, faults = families(), []
    for where, expression in every_expression():
        for name, labels in selectors(expression):
            family = re.sub(r"_(bucket|sum|count)$", "", name)
            if family in to_come():
                continue
            is_histogram, has = known.get(family, (False, set()))
            if name not in known and not (is_histogram and family != name):
                faults.append(f"{where}: no metric {name}")
            elif labels - has - LABELS_OF_PROMETHEUS:
                faults.append(f"{where}: {name} has no {labels - has - LABELS_OF_PROMETHEUS}")
    assert not faults, "\n".join(faults)


def test_counters_are_read_as_rates():
    """A counter or a histogram's parts as they are say how long weir has run, nothing else."""
    faults = [
        f"{where}: {name}"
        for where, expression in every_expression()
        if "variable" not in where
        for name in re.findall(
            r"(?<!rate\()(?<!increase\()\bweir_\w+(?:_total|_bucket|_sum|_count)\b", expression
        )
    ]
    assert not faults, "\n".join(faults)


# Dashboards


def test_the_dashboards_are_as_they_are_drawn():
    command = [sys.executable, "-B", str(DEPLOY / "grafana" / "draw-dashboards"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_every_panel_says_what_it_shows_and_in_which_unit():
    for dashboard in EVERY_DASHBOARD:
        members = dashboards.panels(dashboard)
        assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])
        titles = [panel["title"] for panel in members]
        assert len(titles) >= 10
        for panel in members:
            where = f"{dashboard['title']}: {panel['title']}"
            assert panel["title"] and panel["description"].endswith("."), where
            assert panel["fieldConfig"]["defaults"]["unit"], where
            assert panel["datasource"]["uid"] == "${datasource}", where
            assert panel["targets"], where
            for target in panel["targets"]:
                assert target["legendFormat"], where
                assert target["datasource"]["uid"] == "${datasource}", where
            references = [target["refId"] for target in panel["targets"]]
            assert len(set(references)) == len(references), where


def test_panels_lie_side_by_side():
    for dashboard in EVERY_DASHBOARD:
        taken = {}
        for panel in dashboard["panels"]:
            place = panel["gridPos"]
            assert place["x"] >= 0 and place["x"] + place["w"] <= 24, panel["title"]
            for cell in itertools.product(
                range(place["x"], place["x"] + place["w"]),
                range(place["y"], place["y"] + place["h"]),
            ):
                assert cell not in taken, f"{panel['title']} lies on {taken[cell]}"
                taken[cell] = panel["title"]


def test_links_lead_to_a_dashboard_and_set_variables_that_it_has():
    by_uid = {dashboard["uid"]: dashboard for dashboard in EVERY_DASHBOARD}
    assert len(by_uid) == len(EVERY_DASHBOARD) == 2
    found = 0
    for dashboard in EVERY_DASHBOARD:
        targets = [link["url"] for link in dashboard["links"]]
        assert targets, dashboard["title"]
        for panel in dashboards.panels(dashboard):
            for link in panel["fieldConfig"]["defaults"]["links"]:
                targets.append(link["url"])
                shown = " ".join(target["expr"] for target in panel["targets"])
                for label in re.findall(r"__field\.labels\.(\w+)", link["url"]):
                    by = re.search(r"by \(([^)]*)\)", shown).group(1)
                    assert label in by, f"{panel['title']}: its series have no {label}"
        for url in targets:
            uid = re.match(r"/d/([\w-]+)", url).group(1)
            has = {entry["name"] for entry in by_uid[uid]["templating"]["list"]}
            assert set(re.findall(r"var-(\w+)=", url)) <= has, url
            found += 1
    assert found >= 4


def test_no_rainbow():
    for panel in itertools.chain.from_iterable(map(dashboards.panels, EVERY_DASHBOARD)):
        mode = panel["fieldConfig"]["defaults"]["color"]["mode"]
        assert mode in ("shades", "thresholds"), panel["title"]
        if panel["type"] == "heatmap":
            assert panel["options"]["color"]["scheme"] == "Blues", panel["title"]


# Compose and provisioning


def test_grafana_finds_what_compose_gives_it():
    services = yaml.safe_load(read("docker-compose.yml"))["services"]
    grafana = services["grafana"]
    mounts = dict(
        reversed(volume.split(":")[:2]) for volume in grafana["volumes"] if volume.startswith("./")
    )
    (source,) = yaml.safe_load(read("deploy/grafana/provisioning/datasources/prometheus.yml"))[
        "datasources"
    ]
    (provider,) = yaml.safe_load(read("deploy/grafana/provisioning/dashboards/weir.yml"))[
        "providers"
    ]
    assert source["url"] == "http://prometheus:9090" and "prometheus" in services
    folder = mounts[provider["options"]["path"]]
    home = Path(grafana["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"])
    assert str(home.parent) == provider["options"]["path"]
    assert (ROOT / folder / home.name).is_file()
    assert (ROOT / mounts["/etc/grafana/provisioning"]).is_dir()
    for dashboard in EVERY_DASHBOARD:
        first = dashboard["templating"]["list"][0]
        assert (first["type"], first["query"]) == ("datasource", source["type"])
        assert first["current"]["value"] == source["uid"]


def test_every_service_is_locked_down_and_pinned():
    for name, service in yaml.safe_load(read("docker-compose.yml"))["services"].items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert "healthcheck" in service or name == "weir", name  # weir's is in its image
        if "build" not in service:
            assert re.search(r":v?\d+\.\d+\.\d+$", service["image"]), name
        for port in service.get("ports", []):
            assert port.startswith("127.0.0.1:") or name == "weir" and ":8080" in port, port


def test_the_engine_waits_for_the_drain():
    """G13: or it would kill what still drains."""
    grace = yaml.safe_load(read("docker-compose.yml"))["services"]["weir"]["stop_grace_period"]
    drain = re.search(r"^drain_timeout = (\S+)", read("deploy/compose/weir.conf"), re.M).group(1)
    assert seconds(grace) >= seconds(drain) + 5
    entry = re.search(r"^ENTRYPOINT (.*)$", read("deploy/Dockerfile"), re.M).group(1)
    assert entry.startswith("["), "a shell would be process 1 and keep the signal"


# Alerts


def test_every_alert_says_how_bad_it_is_and_what_it_is_about():
    assert len(alerts()) >= 10
    for name, rule in alerts().items():
        assert rule["labels"]["severity"] in ("critical", "warning"), name
        assert rule["annotations"]["summary"] and rule["annotations"]["description"], name


def test_the_page_on_operations_says_what_to_do_about_every_alert():
    section = read("docs/operations.md").split("\n## Alerts\n")[1].split("\n## ")[0]
    table = {
        name: (severity, held, means, remedy)
        for name, severity, held, means, remedy in re.findall(
            r"^\| `(\w+)` \| (\w+), (\w+) \| ([^|]+) \| ([^|]+) \|$", section, re.M
        )
    }
    assert set(table) == set(alerts())
    for name, (severity, held, means, remedy) in table.items():
        assert severity == alerts()[name]["labels"]["severity"], name
        assert held == alerts()[name].get("for", "once"), name
        assert len(means) > 10 and len(remedy) > 20, name


# systemd


def test_the_unit_is_exposed_as_little_as_it_can_be():
    unit = str(DEPLOY / "systemd" / "weir.service")
    done = subprocess.run(
        [need("systemd-analyze"), "security", "--offline=true", "--no-pager", unit],
        capture_output=True, text=True, timeout=patient(30),
    )
    level = re.search(r"Overall exposure level for weir.service: ([\d.]+)", done.stdout)
    assert level, done.stdout + done.stderr
    assert float(level.group(1)) <= WORST_EXPOSURE


def test_systemd_reads_the_units_without_a_complaint(weir, tmp_path):
    for name in ("weir.service", "weir.socket"):
        text = read(f"deploy/systemd/{name}").replace("/usr/local/bin/weir", weir.binary)
        (tmp_path / name).write_text(text)
    units = [str(tmp_path / name) for name in ("weir.service", "weir.socket")]
    done = subprocess.run(
        [need("systemd-analyze"), "verify", "--man=no", *units],
        capture_output=True, text=True, timeout=patient(30),
    )
    assert done.returncode == 0 and not done.stderr, done.stderr


def test_the_unit_notifies_and_is_watched():
    unit = read("deploy/systemd/weir.service")
    for line in ("Type=notify", "NotifyAccess=main", "Restart=on-failure"):
        assert f"\n{line}\n" in unit
    assert re.search(r"^WatchdogSec=\d+s$", unit, re.M)
