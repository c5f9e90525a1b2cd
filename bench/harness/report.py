"""What a comparison says at its end: Markdown for people, JSON for programs."""

import dataclasses
import json

from harness.turns import METRICS


def table(header, rows):
    lines = ["| " + " | ".join(header) + " |", "|---" + "|---:" * (len(header) - 1) + "|"]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines)


def number(value):
    """Four digits at least, thousands grouped."""
    if value == 0:
        return "0"
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.{1 if value >= 100 else 2 if value >= 1 else 4}f}"


def turns_table(scenario, summary, compared, subject):
    shown = [key for key in METRICS if all(key in medians for medians in summary.values())]
    header = ["proxy"] + [METRICS[metric].title.replace("unit", scenario.unit) for metric in shown]
    rows = [
        [name, *(number(medians[metric]) for metric in shown), f"{medians['cpu_share']:.2f}"]
        for name, medians in summary.items()
    ]
    text = table([*header, "cores used"], rows)
    if compared:
        rows = [
            [f"{subject} / {peer}"]
            + [of[metric].text() if metric in of else "-" for metric in shown]
            for peer, of in compared.items()
        ]
        coverages = [one.coverage for of in compared.values() for one in of.values()]
        promise = f"{coverages[0]:.0%} interval" if coverages else "no interval"
        text += "\n\n" + table([f"ratio, median ({promise})", *header[1:]], rows)
    return text


MEMORY = {
    "anonymous": "Anonymous",
    "pss": "Pss",
    "private_dirty": "Private_Dirty",
    "pipes": "its pipes",
    "held": "Anonymous and pipes",
    "tcp": "TCP queues, machine",
    "slab": "slab, machine",
}


def idle_table(summary):
    rows = [
        [name, *(f"{figures[key]:,.0f}" for key in MEMORY)] for name, figures in summary.items()
    ]
    return table(["proxy, bytes per session", *MEMORY.values()], rows)


def verdict_lines(verdicts):
    return [f"{'held' if one['held'] else 'MISSED'}: {one['bound']}" for one in verdicts]


def facts_line(machine):
    versions = "; ".join(f"{name}: {version}" for name, version in machine["versions"].items())
    return (
        f"{machine['date']}, {machine['cpu']}, {machine['cpus']} CPUs, Linux {machine['kernel']}, "
        f"weir repository at {machine['git'] or 'unknown'}. {versions}"
    )


def write_json(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=2, default=dataclasses.asdict) + "\n")
