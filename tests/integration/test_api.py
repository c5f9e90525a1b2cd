"""The admin API: what it tells of the running proxy, held to its description."""
import concurrent.futures
import http.client
import time

import pytest

from harness import backends
from harness.api import Api, faults_of
from harness.wait import eventually, patient

pytestmark = pytest.mark.weir_only

READS = [
    "/api/v1/status",
    "/api/v1/process",
    "/api/v1/pools",
    "/api/v1/listeners",
    "/api/v1/reactors",
    "/api/v1/reactors/0/events",
    "/api/v1/events",
    "/api/v1/history",
    "/api/v1/sessions?tcp=1",
]


def test_every_answer_is_as_described(stage):
    """With sessions, a backend that is down, endings and changes of state to tell of."""
    good, refuser = stage.backend(backends.echo), stage.refuser()
    proxy = stage.proxy([good, refuser], reactors=2, check="tcp interval=20ms fall=1")
    api = Api(proxy)
    clients = [stage.connect(proxy) for _ in range(4)]
    for client in clients:
        client.echo()
    clients.pop().reset()
    eventually(lambda: api.read("/api/v1/events")["events"], 10, "a change of state")
    eventually(lambda: api.read("/api/v1/history")["closed"], 10, "an ending in the history")
    for path in READS:
        answer = api.read(path)
        assert answer, path
    assert api.read("/api/v1/sessions?tcp=1")["sessions"][0]["client_tcp"]["congestion_window"] > 0
    assert {path.partition("?")[0].replace("/0/", "/{reactor}/") for path in READS} == {
        path
        for path, operations in api.document["paths"].items()
        if "get" in operations and not path.endswith("openapi.json")
    }


def test_an_answer_that_is_not_as_described_is_a_fault():
    """The check of the other tests can fail."""
    document = {"components": {"schemas": {"Number": {"type": "integer"}}}}
    schema = {
        "type": "object",
        "additionalProperties": False,
        "required": ["a"],
        "properties": {
            "a": {"$ref": "#/components/schemas/Number"},
            "b": {"type": "array", "items": {"type": "string", "enum": ["x"]}},
        },
    }
    assert not list(faults_of({"a": 1, "b": ["x"]}, schema, document, ""))
    for bad in ({}, {"a": None}, {"a": True}, {"a": "1"}, {"a": 1, "c": 2}, {"a": 1, "b": ["y"]}):
        assert list(faults_of(bad, schema, document, "")), bad


def test_a_check_that_failed_tells_its_cause_and_since_when(stage):
    good, refuser = stage.backend(backends.echo), stage.refuser()
    before = time.time() - 1
    proxy = stage.proxy([good, refuser], check="tcp interval=20ms fall=2")
    api = Api(proxy)
    eventually(lambda: api.backend("default", refuser.address)["state"] == "unhealthy", 10, "down")
    backend = api.backend("default", refuser.address)
    assert backend["check"]["result"] == "failed"
    assert "refused" in backend["check"]["cause"]
    assert before < backend["since"] < time.time() + 1
    eventually(
        lambda: api.backend("default", refuser.address)["downtime_seconds"] > 0, 5, "downtime"
    )
    change = api.read("/api/v1/events")["events"][0]
    assert (change["from"], change["to"]) == ("healthy", "unhealthy")
    assert change["backend"] == refuser.address and "refused" in change["cause"]
    assert api.backend("default", good.address)["downtime_seconds"] == 0


def test_the_last_eligible_backend_that_goes_is_logged(stage):
    refuser = stage.refuser()
    proxy = stage.proxy([refuser], check="tcp interval=20ms fall=1 rise=1")
    proxy.wait_for_line("pool default: its last eligible backend is gone")
    refuser.open_up(backends.echo)
    proxy.wait_for_line("pool default: it has an eligible backend")


def test_sessions_are_found_sorted_and_paged(stage):
    one, two = stage.backend(backends.echo), stage.backend(backends.echo)
    proxy = stage.proxy([one, two], reactors=2, balance="round_robin")
    api = Api(proxy)
    clients = [stage.connect(proxy) for _ in range(30)]
    for index, client in enumerate(clients):
        client.echo(bytes(10 * (index + 1)))
    everything = api.read("/api/v1/sessions")
    assert everything["total"] == everything["matched"] == len(everything["sessions"]) == 30
    ages = [session["age_seconds"] for session in everything["sessions"]]
    assert ages == sorted(ages, reverse=True)
    assert {session["reactor"] for session in everything["sessions"]} == {0, 1}

    by_bytes = api.read("/api/v1/sessions?sort=-received&limit=10")["sessions"]
    assert [session["received_bytes"] for session in by_bytes] == list(range(300, 200, -10))
    second = api.read("/api/v1/sessions?sort=-received&limit=10&offset=10")["sessions"]
    assert [session["received_bytes"] for session in second] == list(range(200, 100, -10))
    beyond = api.read("/api/v1/sessions?offset=30")
    assert beyond["sessions"] == [] and beyond["matched"] == 30

    of_one = api.read(f"/api/v1/sessions?filter=backend:{one.address}")
    assert of_one["matched"] == 15 and of_one["total"] == 30
    assert {session["backend"] for session in of_one["sessions"]} == {one.address}
    name = "%s:%d" % clients[3].socket.getsockname()[:2]
    found = api.read(f"/api/v1/sessions?filter={name}+stage:relaying")["sessions"]
    assert [session["client"] for session in found] == [name]
    assert api.read("/api/v1/sessions?filter=nobody")["matched"] == 0
    assert api.read("/api/v1/sessions?filter=reactor:1")["matched"] == 15


def test_a_session_tells_its_stage(stage):
    """Queued and connecting ones are there too, and what was not sent yet."""
    full = stage.backend(backends.echo)
    proxy = stage.proxy([f"{full.address} max_connections=1"])
    api = Api(proxy)
    stage.connect(proxy).echo()
    stage.connect(proxy)
    eventually(lambda: api.read("/api/v1/sessions?filter=stage:queued")["matched"] == 1, 5, "queue")
    pool = api.read("/api/v1/pools")["pools"][0]
    assert pool["waiting"] == 1 and pool["queue_limit"] == 10000


def test_a_half_closed_session_says_so(stage):
    proxy = stage.proxy([stage.backend(backends.sink)])
    api = Api(proxy)
    mute = stage.proxy([stage.backend(backends.mute)])
    client = stage.connect(mute)
    client.send(b"question")
    client.finish_writing()
    eventually(
        lambda: Api(mute).read("/api/v1/sessions?filter=stage:half_closed")["matched"] == 1,
        5,
        "half_closed",
    )
    assert api.read("/api/v1/sessions")["total"] == 0


def test_backends_are_found_and_paged(stage):
    addresses = [stage.backend(backends.echo).address for _ in range(5)]
    api = Api(stage.proxy(addresses))
    page = api.read("/api/v1/pools?offset=1&limit=2")
    assert page["matched"] == 5
    assert [one["name"] for one in page["pools"][0]["backends"]] == addresses[1:3]
    assert page["pools"][0]["states"]["healthy"] == 5
    assert api.read(f"/api/v1/pools?filter={addresses[4]}")["matched"] == 1
    assert api.read("/api/v1/pools?filter=state:unhealthy")["matched"] == 0
    assert api.read("/api/v1/pools?filter=pool:default+state:healthy")["matched"] == 5


@pytest.mark.parametrize(
    "path",
    [
        "sessions?limit=501",
        "sessions?offset=10001",
        "sessions?sort=name",
        "sessions?tcp=2",
        "sessions?who=me",
        "sessions?filter=%",
        "sessions?filter=" + "x" * 300,
        "pools?limit=x",
        "events?after=-1",
    ],
)
def test_what_cannot_be_asked_is_refused(stage, path):
    api = Api(stage.proxy([stage.backend(backends.echo)]))
    assert api.request("GET", "/api/v1/" + path)[0] == 400


def test_a_new_page_has_history_and_the_most_that_was_seen(stage):
    backend = stage.backend(backends.echo)
    proxy = stage.proxy([backend])
    api = Api(proxy)
    clients = [stage.connect(proxy) for _ in range(7)]
    for client in clients:
        client.echo()
    eventually(lambda: api.read("/api/v1/history")["samples"][-1]["sessions_active"] == 7, 10)
    for client in clients:
        client.reset()
    eventually(lambda: api.read("/api/v1/history")["samples"][-1]["sessions_active"] == 0, 10)
    history = api.read("/api/v1/history")
    assert history["samples"][-1]["accepted"] == 7
    ended = {f"{one['who']}/{one['how']}": one["recent"] for one in history["closed"]}
    assert ended == {"client/reset": 7}
    assert api.backend("default", backend.address)["sessions_most"] == 7
    last = history["samples"][-1]["number"]
    later = api.read(f"/api/v1/history?after={last}")["samples"]
    of_another_run = api.read(f"/api/v1/history?after={last + 1000}")["samples"]
    assert of_another_run[0]["number"] == 1
    assert all(sample["number"] > last for sample in later)


def test_the_page_and_its_files_are_kept_until_they_change(stage):
    proxy = stage.proxy([stage.backend(backends.echo)])
    host, _, port = proxy.admin.rpartition(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=patient(5))
    connection.request("GET", "/")
    first = connection.getresponse()
    page = first.read().decode()
    assert first.status == 200 and first.getheader("Content-Type").startswith("text/html")
    assert "script-src 'self'" in first.getheader("Content-Security-Policy")
    assert "unsafe" not in first.getheader("Content-Security-Policy")
    for path in ("/page/page.js", "/page/page.css", "/page/icon.svg"):
        assert path in page
        assert proxy.request(path)[0] == 200
    connection.request("GET", "/", headers={"If-None-Match": first.getheader("ETag")})
    again = connection.getresponse()
    assert again.status == 304 and again.read() == b""
    connection.request("GET", "/api/v1/pools")
    answer = connection.getresponse()
    answer.read()
    assert answer.getheader("Cache-Control") == "no-store"
    connection.close()


def test_a_list_of_many_sessions_does_not_hold_up_the_relay(stage):
    """Asked for again and again, while somebody echoes."""
    proxy = stage.proxy([stage.backend(backends.echo)])
    api = Api(proxy)
    clients = [stage.connect(proxy) for _ in range(600)]
    for client in clients:
        client.echo()
    slowest = 0.0
    for index in range(20):
        assert api.read("/api/v1/sessions?limit=500&tcp=1&sort=idle")["matched"] == 600
        start = time.monotonic()
        clients[index].echo()
        slowest = max(slowest, time.monotonic() - start)
    assert slowest < patient(0.25)


def test_searches_do_not_pile_up_at_a_reactor_that_hangs(stage, weir):
    if not weir.fault_points():
        pytest.skip("built without fault points (a release)")
    stall = {"WEIR_FAULT_POINTS": "relay.step=stall:1:3000"}
    proxy = stage.proxy([stage.backend(backends.echo)], env=stall, reactors=1)
    api = Api(proxy)
    stage.connect(proxy)
    proxy.wait_for_line("stalled: relay")
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        asked = [pool.submit(api.request, "GET", "/api/v1/sessions") for _ in range(6)]
        answers = sorted(each.result() for each in asked)
    assert [status for status, _ in answers] == [200] * 4 + [503] * 2
    assert "Ask again" in answers[-1][1]
    assert len(api.read("/api/v1/sessions")["sessions"]) == 1, "the places are free again"
