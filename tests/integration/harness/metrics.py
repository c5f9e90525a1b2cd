"""One scrape of /metrics, read into samples that a test can sum by label."""
import re

_SAMPLE = re.compile(r"^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$")
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


class Metrics:
    def __init__(self, text):
        self.text = text
        self.samples = []
        for line in text.splitlines():
            match = _SAMPLE.match(line)
            if match:
                labels = dict(_LABEL.findall(match.group(2) or ""))
                self.samples.append((match.group(1), labels, float(match.group(3))))

    def names(self):
        return {name for name, _, _ in self.samples}

    def find(self, name, **labels):
        """(labels, value) of every sample of that name whose labels include the given ones."""
        return [
            (found, value)
            for sample, found, value in self.samples
            if sample == name and all(found.get(key) == str(want) for key, want in labels.items())
        ]

    def sum(self, name, **labels):
        return sum(value for _, value in self.find(name, **labels))

    def endings(self, listener=None):
        """{(who, how): count} of every session that has ended."""
        wanted = {} if listener is None else {"listener": listener}
        counts = {}
        for labels, value in self.find("weir_listener_closed_total", **wanted):
            if value:
                key = (labels["who"], labels["how"])
                counts[key] = counts.get(key, 0) + int(value)
        return counts
