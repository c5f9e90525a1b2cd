"""Who can be compared, by name."""

from harness import BenchError, peers, proxies

KNOWN = (
    "weir", "haproxy", "nginx", "haproxy-splice-auto", "haproxy-splice", "envoy", "node",
    "twisted", "eventmachine", "netty", "mina", "threads", "direct", "least",
)
ONLY_BY_NAME = ("least",)  # "all" leaves it out: it is for round trips, and loses what does not fit


def parse(option, text):
    """The names in `text`, between commas, or all."""
    everybody = [name for name in KNOWN if name not in ONLY_BY_NAME]
    names = everybody if text == "all" else [name for name in text.split(",") if name]
    unknown = [name for name in names if name not in KNOWN]
    if unknown:
        raise BenchError(f"{option}: {', '.join(unknown)} not among {', '.join(KNOWN)}")
    return names


def makers(arguments):
    """{name: what makes it}; they throw peers.Missing where it cannot be had. Paths come from the
    arguments of that name, where the command has them."""

    def path(name):
        return getattr(arguments, name, None)

    return {
        "weir": lambda: proxies.Weir(arguments.weir, getattr(arguments, "weir_options", "")),
        "haproxy": lambda: proxies.Haproxy(path("haproxy")),
        "haproxy-splice-auto": lambda: proxies.HaproxySpliceAuto(path("haproxy")),
        "haproxy-splice": lambda: proxies.HaproxySplice(path("haproxy")),
        "nginx": lambda: proxies.Nginx(path("nginx")),
        "envoy": lambda: peers.Envoy(path("envoy")),
        "node": peers.node,
        "twisted": peers.twisted,
        "eventmachine": peers.eventmachine,
        "netty": peers.netty,
        "mina": peers.mina,
        "threads": peers.threads,
        "direct": peers.Direct,
        "least": peers.least,
    }
