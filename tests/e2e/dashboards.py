"""The dashboards as Grafana would read them: panels, variables, and expressions filled in."""
import itertools
import json
import re

from prometheus import DEPLOY, WINDOW

FOLDER = DEPLOY / "grafana" / "dashboards"
EVERY = ".+"


def load(name):
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


def names():
    return sorted(path.name for path in FOLDER.glob("*.json"))


def panels(dashboard):
    return [panel for panel in dashboard["panels"] if panel["type"] != "row"]


def expressions(dashboard):
    """(where, expression) of every panel and annotation."""
    for panel in panels(dashboard):
        for target in panel["targets"]:
            yield f"{dashboard['title']}: {panel['title']} {target['refId']}", target["expr"]
    for annotation in dashboard["annotations"]["list"]:
        yield f"{dashboard['title']}: annotation {annotation['name']}", annotation["expr"]


def query_variables(dashboard):
    """(name, selector, label, whether several may be chosen), in the order of dependence."""
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            selector, label = re.fullmatch(
                r"label_values\((.+), (\w+)\)", variable["definition"]
            ).groups()
            yield variable["name"], selector, label, variable["multi"]


def filled_in(text, choice):
    text = text.replace("$__rate_interval", WINDOW)
    for name, value in choice.items():
        text = text.replace(f"${name}", value)
    left = re.findall(r"\$\w+", text)
    assert not left, f"no variable {left} in {text}"
    return text


def choices(dashboard, prometheus):
    """Every way to set its variables: All where that may be, else each value that is offered."""
    found = [{}]
    for name, selector, label, multi in query_variables(dashboard):
        found = list(itertools.chain.from_iterable(
            [
                {**choice, name: EVERY if multi else value}
                for value in prometheus.values(label, filled_in(selector, choice))[
                    : 1 if multi else None
                ]
            ]
            for choice in found
        ))
    return found
