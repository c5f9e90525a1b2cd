"""Torture, curl's way: one scenario, again and again, each time another call fails once.

Issue 5 extends it to every fallible call; here are those that cases D5 and D6 name.
"""
import pytest

from harness import backends
from harness.peers import FIN
from harness.wait import eventually, patient

pytestmark = pytest.mark.weir_only

CALLS_AT_MOST = 24
SESSIONS = 4
ERROR_OF = {
    "accept4": "ENOMEM",
    "connect": "ENOBUFS",
    "epoll_ctl": "ENOMEM",
    "recv": "ENOMEM",
    "send": "ENOBUFS",
    "setsockopt": "ENOMEM",
    "shutdown": "ENOTCONN",
    "socket": "ENFILE",
}


def scenario(stage, shim, backend, rule):
    """Four sessions of an echo with half-close, one after the other: how many were lost."""
    shim.disarm()
    shim.forget()
    proxy = stage.proxy(
        [backend], reactors=2, env=shim.environment(rule), half_close_timeout="1s"
    )
    lost = 0
    shim.arm()
    for _ in range(SESSIONS):
        client = stage.connect(proxy)
        try:
            client.socket.settimeout(patient(2))
            client.echo(bytes(3000))
            client.finish_writing()
            lost += client.receive_to_end(within=3).how != FIN
        except (AssertionError, OSError):
            lost += 1
        client.reset()
    shim.disarm()
    stage.connect(proxy).echo()
    for client in stage.clients:
        client.reset()
    eventually(lambda: proxy.sessions_active() == 0, 4, f"every session ended after {rule}")
    proxy.terminate()
    proxy.expect_clean_exit()
    return lost


@pytest.mark.parametrize("function", ERROR_OF)
def test_each_call_in_turn_may_fail_once(stage, shim, function):
    """D5: at most the one session is lost, nothing hangs, the next is served, exit 0."""
    backend = stage.backend(backends.echo)
    assert scenario(stage, shim, backend, "") == 0
    calls = shim.calls()[function][0]
    assert calls > 0, f"{function} is never called: what stands in for it?"
    failures = []
    for call in range(1, min(calls, CALLS_AT_MOST) + 1):
        rule = f"{function}:{ERROR_OF[function]}:@{call}"
        try:
            lost = scenario(stage, shim, backend, rule)
            if lost > 1:
                failures.append(f"{rule}: {lost} sessions lost")
        except (AssertionError, OSError) as error:
            failures.append(f"{rule}: {str(error).splitlines()[0]}")
    assert not failures, "\n".join(failures)
