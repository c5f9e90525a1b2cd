"""A fault inside one handler ends one session; the reactor and everybody else go on."""
import pytest

from harness import backends
from harness.peers import FIN, RESET
from harness.wait import eventually

pytestmark = pytest.mark.weir_only


@pytest.fixture(autouse=True)
def _fault_points(weir):
    if not weir.fault_points():
        pytest.skip("built without fault points (a release)")


@pytest.mark.parametrize("kind", ["throw", "alloc"])
@pytest.mark.parametrize("reactors", [1, 2])
def test_a_throwing_relay_step_ends_one_session(stage, kind, reactors):
    """Build 8: {weir, error}, counted and logged, the others live."""
    backend = stage.backend(backends.echo)
    environment = {"WEIR_FAULT_POINTS": f"relay.step={kind}:1"}
    proxy = stage.proxy([backend], reactors=reactors, env=environment)
    clients = [stage.connect(proxy) for _ in range(6)]
    lost = 0
    for client in clients:
        try:
            client.echo()
        except (AssertionError, ConnectionError):
            lost += 1
    assert lost == 1
    for client in clients:
        try:
            client.echo()
        except (AssertionError, OSError):
            lost += 1
    assert lost == 2, "the same one again, and no other"
    proxy.wait_for_endings({("weir", "error"): 1})
    assert proxy.request("/healthz")[0] == 200
    for _ in range(10):
        stage.connect(proxy).echo()


def test_many_faults_are_survived_one_by_one(stage):
    """Build 8: fifty in a row, no descriptor lost."""
    backend = stage.backend(backends.echo)
    proxy = stage.proxy([backend], env={"WEIR_FAULT_POINTS": "relay.step=throw:50"})
    before = proxy.open_descriptors()
    for _ in range(50):
        client = stage.connect(proxy)
        assert client.receive_to_end(within=5).how in (FIN, RESET)
    proxy.wait_for_endings({("weir", "error"): 50})
    stage.connect(proxy).echo()
    eventually(lambda: proxy.open_descriptors() <= before + 2, what="descriptors given back")


def test_a_stalled_reactor_does_not_stop_the_other(stage):
    """K: 2 s in one handler; sessions of the other reactor relay meanwhile."""
    backend = stage.backend(backends.echo)
    environment = {"WEIR_FAULT_POINTS": "relay.step=stall:1:2000"}
    proxy = stage.proxy([backend], reactors=2, env=environment)
    stalled = stage.connect(proxy)
    eventually(lambda: backend.accepted == 1, what="the first session's step")
    clients = [stage.connect(proxy) for _ in range(4)]
    for client in (stalled, *clients):
        client.send(b"x")
    eventually(
        lambda: sum(not client.silent_for(0) for client in clients) >= 2, 1, "the other serves"
    )
    assert stalled.silent_for(0.1)
    for client in (stalled, *clients):
        assert client.receive(1) == b"x"
