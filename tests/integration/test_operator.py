"""What an operator changes by hand: states, weights, sessions; and who may not."""
import pytest

from harness import backends
from harness.api import TOKEN, Api, token_file
from harness.peers import FIN, RESET
from harness.wait import eventually

pytestmark = pytest.mark.weir_only


@pytest.fixture
def start(stage):
    """A proxy that knows the token, and its API."""

    def make(addresses, **wishes):
        proxy = stage.proxy(addresses, admin_token_file=token_file(stage.directory()), **wishes)
        return proxy, Api(proxy)

    return make


def new_session(stage, proxy):
    client = stage.connect(proxy)
    client.echo()
    return client


def sessions_of(api, backend):
    return api.backend("default", backend.address)["sessions_active"]


def test_drain_keeps_present_sessions_and_takes_no_new_ones(stage, start):
    one, two = stage.backend(backends.echo), stage.backend(backends.echo)
    proxy, api = start([one, two], reactors=2, balance="round_robin")
    old = [new_session(stage, proxy) for _ in range(8)]
    had = sessions_of(api, one)
    assert had == 4
    answer = api.set_state("default", one.address, "drain")
    assert answer["state"] == "draining" and answer["wanted"] == "drain"
    for _ in range(10):
        new_session(stage, proxy)
    assert sessions_of(api, one) == had
    for client in old:
        client.echo()
    change = api.read("/api/v1/events")["events"][0]
    assert (change["backend"], change["to"]) == (one.address, "draining")
    assert "operator" in change["cause"]
    assert api.set_state("default", one.address, "ready")["state"] == "healthy"
    for _ in range(10):
        new_session(stage, proxy)
    assert sessions_of(api, one) > had


def test_maintenance_can_end_the_sessions(stage, start):
    one, two = stage.backend(backends.echo), stage.backend(backends.echo)
    proxy, api = start([one, two], reactors=2, balance="round_robin")
    clients = [new_session(stage, proxy) for _ in range(6)]
    answer = api.set_state("default", one.address, "maintenance", end_sessions=True)
    assert answer["state"] == "disabled" and not answer["enabled"]
    proxy.wait_for_endings({("weir", "admin"): 3})
    assert proxy.counted("weir_listener_closed_total", how="admin", phase="relay") == 3
    ended = [client for client in clients if client.wait_for_reset(0.5)]
    assert len(ended) == 3
    for _ in range(4):
        new_session(stage, proxy)
    assert sessions_of(api, one) == 0


def test_maintenance_by_itself_keeps_them(stage, start):
    one, two = stage.backend(backends.echo), stage.backend(backends.echo)
    proxy, api = start([one, two], balance="round_robin")
    clients = [new_session(stage, proxy) for _ in range(4)]
    api.set_state("default", one.address, "maintenance")
    for client in clients:
        client.echo()
    assert sessions_of(api, one) == 2


def test_the_operators_will_outlives_checks(stage, start):
    """It goes down and comes back meanwhile, and stays drained."""
    one, two = stage.backend(backends.echo), stage.refuser()
    proxy, api = start([one, two], check="tcp interval=20ms fall=1 rise=1")
    eventually(lambda: not api.backend("default", two.address)["healthy"], 10, "it is down")
    api.set_state("default", two.address, "maintenance")
    two.open_up(backends.echo)
    eventually(lambda: api.backend("default", two.address)["healthy"], 10, "it is well")
    backend = api.backend("default", two.address)
    assert backend["state"] == "disabled" and backend["wanted"] == "maintenance"
    for word in ("state:maintenance", "maintenance", "state:disabled"):
        pools = api.read(f"/api/v1/pools?filter={word}")["pools"]
        assert [each["name"] for each in pools[0]["backends"]] == [two.address]
    for _ in range(6):
        new_session(stage, proxy)
    assert sessions_of(api, two) == 0
    assert proxy.counted("weir_backend_state", backend=two.address, state="disabled") == 1


def test_a_drained_backend_that_is_ready_again_starts_slowly(stage, start):
    one, two = stage.backend(backends.echo), stage.backend(backends.echo)
    _, api = start([one, two], slow_start="1h")
    before = api.backend("default", one.address)["effective_weight"]
    api.set_state("default", one.address, "drain")
    after = api.set_state("default", one.address, "ready")
    assert 0 < after["effective_weight"] < before


def test_weight_at_run_time(stage, start):
    one, two = stage.backend(backends.echo), stage.backend(backends.echo)
    proxy, api = start([f"{one.address} weight=2", two], balance="round_robin")
    answer = api.set_weight("default", one.address, 0)
    assert (answer["weight"], answer["configured_weight"]) == (0, 2)
    for _ in range(6):
        new_session(stage, proxy)
    assert (sessions_of(api, one), sessions_of(api, two)) == (0, 6)
    api.set_weight("default", one.address, 4)
    for _ in range(10):
        new_session(stage, proxy)
    assert (sessions_of(api, one), sessions_of(api, two)) == (8, 8)
    answer = api.set_weight("default", one.address, None)
    assert (answer["weight"], answer["configured_weight"]) == (2, 2)
    assert proxy.counted("weir_backend_weight", backend=one.address) == 2


def test_one_session_is_ended(stage, start):
    proxy, api = start([stage.backend(backends.echo)], reactors=2)
    clients = [new_session(stage, proxy) for _ in range(4)]
    name = "%s:%d" % clients[2].socket.getsockname()[:2]
    found = api.read(f"/api/v1/sessions?filter=client:{name}")["sessions"]
    assert len(found) == 1
    path = "/api/v1/sessions/" + found[0]["id"]
    assert api.delete(path) == {"id": found[0]["id"]}
    proxy.wait_for_line(f"session {found[0]['id']}: an operator ended it")
    assert clients[2].receive_to_end().how == RESET
    assert api.request("DELETE", path)[0] == 404
    for client in (clients[0], clients[1], clients[3]):
        client.echo()
    proxy.wait_for_endings({("weir", "admin"): 1})


def test_a_session_that_waits_or_connects_is_ended(stage, start):
    """By its phase: pick and connect."""
    full, hole = stage.backend(backends.echo), stage.black_hole()
    proxy, api = start([f"{full.address} max_connections=1"])
    new_session(stage, proxy)
    waiting = stage.connect(proxy)
    found = eventually(lambda: api.read("/api/v1/sessions?filter=stage:queued")["sessions"], 5)
    api.delete("/api/v1/sessions/" + found[0]["id"])
    assert waiting.receive_to_end().how == RESET
    proxy.wait_for_count("weir_listener_closed_total", 1, how="admin", phase="pick")

    slow, slow_api = start([hole], connect_timeout="60s")
    connecting = stage.connect(slow)
    found = eventually(
        lambda: slow_api.read("/api/v1/sessions?filter=stage:connecting")["sessions"], 5
    )
    slow_api.delete("/api/v1/sessions/" + found[0]["id"])
    assert connecting.receive_to_end().how == RESET
    slow.wait_for_count("weir_listener_closed_total", 1, how="admin", phase="connect")


def test_a_half_closed_session_is_ended(stage, start):
    proxy, api = start([stage.backend(backends.mute)])
    client = stage.connect(proxy)
    client.send(b"question")
    client.finish_writing()
    found = eventually(lambda: api.read("/api/v1/sessions?filter=stage:half_closed")["sessions"], 5)
    api.delete("/api/v1/sessions/" + found[0]["id"])
    assert client.receive_to_end().how == RESET
    proxy.wait_for_count("weir_listener_closed_total", 1, how="admin", phase="half_closed")


def test_the_sessions_of_one_backend_are_ended(stage, start):
    """Without a change of its state: the next ones may go there again."""
    one, two = stage.backend(backends.echo), stage.backend(backends.echo)
    proxy, api = start([one, two], reactors=2, balance="round_robin")
    for _ in range(10):
        new_session(stage, proxy)
    answer = api.delete(f"/api/v1/pools/default/backends/{one.address}/sessions")
    assert answer["state"] == "healthy"
    proxy.wait_for_endings({("weir", "admin"): 5})
    eventually(lambda: (sessions_of(api, one), sessions_of(api, two)) == (0, 5), 5)
    new_session(stage, proxy)
    new_session(stage, proxy)
    assert sessions_of(api, one) == 1


def test_a_backend_on_a_unix_socket_is_named_in_a_path(stage, start):
    path = f"unix:{stage.directory()}/b.sock"
    backend = stage.backend(backends.echo, address=path)
    _, api = start([backend])
    name = path.replace("/", "%2F")
    assert api.set_state("default", name, "drain")["name"] == path


CHANGES = [
    ("PUT", "/api/v1/pools/default/backends/{}/state", {"state": "drain"}),
    ("PUT", "/api/v1/pools/default/backends/{}/weight", {"weight": 0}),
    ("DELETE", "/api/v1/pools/default/backends/{}/sessions", None),
    ("DELETE", "/api/v1/sessions/0.0.0", None),
]


@pytest.mark.parametrize("method, path, body", CHANGES, ids=["state", "weight", "end", "one"])
def test_who_may_not_changes_nothing(stage, start, method, path, body):
    """I9: no token, a wrong one, another site's page, a name that was bent to us."""
    backend = stage.backend(backends.echo)
    proxy, api = start([backend])
    client = new_session(stage, proxy)
    path = path.format(backend.address)
    before = api.backend("default", backend.address)

    def status(**wishes):
        return api.request(method, path, body, **wishes)[0]

    assert status(token=None) == 401
    assert status(token=TOKEN[:-1] + "x") == 401
    assert status(token=TOKEN + "x") == 401
    assert status(headers={"Origin": "http://evil.example"}) == 403
    assert status(headers={"Origin": "null"}) == 403
    assert status(headers={"Host": "evil.example"}) == 421
    client.echo()
    after = api.backend("default", backend.address)
    for field in ("state", "weight", "sessions_active"):
        assert after[field] == before[field]
    origin = {"Origin": "http://" + proxy.admin}
    assert status(headers=origin) in (200, 404)


def test_without_a_token_file_nothing_can_be_changed(stage):
    backend = stage.backend(backends.echo)
    api = Api(stage.proxy([backend]))
    path = f"/api/v1/pools/default/backends/{backend.address}/state"
    status, text = api.request("PUT", path, {"state": "drain"})
    assert status == 403 and "admin_token_file" in text
    assert api.read("/api/v1/process")["changes"] is False


@pytest.mark.parametrize(
    "raw, kind, status",
    [
        ('{"state": "drain"}', "text/plain", 400),
        ('{"state": "drain"', "application/json", 400),
        ('{"state": "down"}', "application/json", 400),
        ('{"state": "drain", "why": 1}', "application/json", 400),
        ('{"state": "ready", "end_sessions": true}', "application/json", 400),
        ("[]", "application/json", 400),
        ("", "application/json", 400),
        ('{"state": "' + "x" * 5000 + '"}', "application/json", 413),
    ],
)
def test_a_body_that_is_not_in_order_is_refused(stage, start, raw, kind, status):
    backend = stage.backend(backends.echo)
    _, api = start([backend])
    path = f"/api/v1/pools/default/backends/{backend.address}/state"
    assert api.request("PUT", path, raw=raw, headers={"Content-Type": kind})[0] == status
    assert api.backend("default", backend.address)["state"] == "healthy"


def test_what_is_not_there_cannot_be_changed(stage, start):
    _, api = start([stage.backend(backends.echo)])
    for path in ("nowhere/backends/127.0.0.1:1", "default/backends/127.0.0.1:1"):
        assert api.request("PUT", f"/api/v1/pools/{path}/state", {"state": "drain"})[0] == 404
    for name in ("9.0.0", "0.99.0"):
        assert api.request("DELETE", "/api/v1/sessions/" + name)[0] == 404
    assert api.request("DELETE", "/api/v1/sessions/everything")[0] == 400
    for weight in (-1, 257, 1.5, "1", True):
        path = "/api/v1/pools/default/backends/127.0.0.1:1/weight"
        assert api.request("PUT", path, {"weight": weight})[0] == 400


def test_a_change_is_made_while_idle_connections_take_all_places(stage, start):
    """I9: more of them than the admin server has places for, and half a request."""
    backend = stage.backend(backends.echo)
    proxy, api = start([backend])
    for _ in range(100):
        stage.connect(proxy.admin)
    half = stage.connect(proxy.admin)
    half.send(
        b"PUT /api/v1/pools/default/backends/x/state HTTP/1.1\r\nHost: localhost\r\n"
        b"Content-Length: 100\r\n\r\n{"
    )
    assert api.set_state("default", backend.address, "drain")["state"] == "draining"


@pytest.mark.parametrize(
    "text", ["", "short", "with a blank in it", "x" * 600], ids=["empty", "short", "blank", "long"]
)
def test_a_file_without_a_token_stops_the_start(stage, text):
    directory = stage.directory()
    path = f"{directory}/token"
    with open(path, "w", encoding="ascii") as file:
        file.write(text)
    proxy = stage.launch([stage.backend(backends.echo)], admin_token_file=path)
    assert proxy.wait_for_exit() == 1
    assert "admin_token_file" in proxy.stderr() and (not text or text not in proxy.stderr())


def test_a_token_file_that_is_not_there_stops_the_start(stage):
    proxy = stage.launch([stage.backend(backends.echo)], admin_token_file="./nowhere")
    assert proxy.wait_for_exit() == 1
    assert "./nowhere: No such file" in proxy.stderr()


def test_beyond_loopback_the_token_opens_the_api(stage):
    backend = stage.backend(backends.echo)
    proxy = stage.proxy(
        [backend], admin="0.0.0.0:0", admin_token_file=token_file(stage.directory())
    )
    proxy.admin = "127.0.0.1:" + proxy.admin.rpartition(":")[2]
    assert proxy.request("/api/v1/pools")[0] == 401
    assert proxy.request("/")[0] == 200, "the page asks for the token"
    api = Api(proxy)
    assert api.read("/api/v1/pools")["matched"] == 1


def test_a_session_goes_on_while_its_reactor_is_asked(stage, start):
    """FIN after an operator has looked and ended others."""
    backend = stage.backend(backends.answer(200_000))
    proxy, api = start([backend])
    client = stage.connect(proxy)
    client.send(b"hello")
    eventually(lambda: api.read("/api/v1/sessions?tcp=1")["total"] == 1, what="it is seen")
    client.finish_writing()
    received = client.receive_to_end()
    assert received.how == FIN and received.size == 200_000
