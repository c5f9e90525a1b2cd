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


@pytest.mark.parametrize("kind", ["throw", "alloc"])
def test_a_fault_while_establishing_ends_one_session(stage, kind):
    """Build 8: the coroutine's own handler."""
    backend = stage.backend(backends.echo)
    proxy = stage.proxy([backend], env={"WEIR_FAULT_POINTS": f"session.establish={kind}:2"})
    lost = sum(not stage.serves(proxy) for _ in range(6))
    assert lost == 2
    proxy.wait_for_count("weir_reactor_handler_faults_total", 2)
    assert proxy.counted("weir_listener_closed_total", who="weir", how="error") == 2


@pytest.mark.parametrize(
    "reactors, accept", [(1, "distribute"), (2, "distribute"), (2, "reuseport")]
)
@pytest.mark.parametrize("point", ["engine.arm", "acceptor.wait"])
def test_want_of_memory_in_a_loop_of_weirs_own_costs_no_session(stage, point, reactors, accept):
    """D12: a wait that cannot be armed is armed later; live sessions relay, new ones come."""
    backend = stage.backend(backends.echo)
    environment = {"WEIR_FAULT_POINTS": f"{point}=alloc:40"}
    proxy = stage.proxy([backend], reactors=reactors, accept=accept, env=environment)
    clients = [stage.connect(proxy) for _ in range(6)]
    for _ in range(20):
        for client in clients:
            client.echo()
    stage.connect(proxy).echo()
    assert "no memory for its loop" in proxy.stderr()
    proxy.wait_for_endings({})


@pytest.mark.parametrize("point", ["pool.publish", "checker.judged"])
def test_want_of_memory_on_the_control_thread_delays_health_and_does_not_end_it(stage, point):
    """D12: checks go on, and what they find reaches the reactors."""
    refuser = stage.refuser()
    backend = stage.backend(backends.echo)
    proxy = stage.proxy(
        [refuser, backend],
        check="tcp interval=100ms timeout=200ms fast=100ms rise=2 fall=2",
        env={"WEIR_FAULT_POINTS": f"{point}=alloc:6"},
    )
    proxy.wait_for_count("weir_pool_members", 1, within=15, state="unhealthy")
    refuser.open_up(backends.echo)
    proxy.wait_for_count("weir_pool_members", 2, within=15, state="healthy")
    for _ in range(6):
        assert stage.serves(proxy)
    assert "control: std::bad_alloc" in proxy.stderr()
    proxy.lines.clear()  # it was asked for


def test_connections_that_find_no_memory_on_their_way_are_closed_and_counted(stage):
    """D12: the hand-off fails; limits and placement do not drift."""
    backend = stage.backend(backends.echo)
    environment = {"WEIR_FAULT_POINTS": "accept_thread.post=alloc:3"}
    proxy = stage.proxy([backend], reactors=2, max_connections=4, env=environment)
    assert sum(not stage.serves(proxy) for _ in range(4)) == 3
    for client in stage.clients:
        client.reset()
    proxy.wait_for_count("weir_listener_closed_total", 3, how="error", phase="accept")
    proxy.wait_until_at_rest()
    inside = [stage.connect(proxy) for _ in range(4)]
    for client in inside:
        client.echo()  # all four places are free again


def test_a_thread_that_dies_ends_the_process_with_a_message(stage):
    """Build 8: it must not limp; a supervisor starts it again."""
    backend = stage.backend(backends.echo)
    proxy = stage.proxy([backend], reactors=2, env={"WEIR_FAULT_POINTS": "engine.turn=throw:1"})
    proxy.ending_judged = True
    stage.connect(proxy).send(b"x")
    assert proxy.wait_for_exit() == 70
    assert "reactor" in proxy.stderr() and "died: fault point engine.turn" in proxy.stderr()
    proxy.lines.clear()  # "died" is what was asked for
