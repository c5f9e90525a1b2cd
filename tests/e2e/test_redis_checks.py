"""Real redis servers behind `check = redis`: stopped, killed, started again."""
import os
import signal

from harness.wait import eventually, patient


def test_a_redis_that_is_stopped_or_killed_is_left_out_and_comes_back(stage, programs):
    first, second = programs.redis(), programs.redis()
    proxy = stage.proxy(
        [first, second], check="redis interval=200ms timeout=500ms fast=100ms rise=2 fall=2"
    )

    def is_state(address, word):
        return proxy.counted("weir_backend_state", backend=address, state=word) == 1

    eventually(
        lambda: proxy.counted("weir_backend_checks_total", result="passed") >= 4, 10, "checks"
    )
    assert proxy.counted("weir_backend_checks_total", result="failed") == 0

    pid = programs.pid_of(first)
    os.kill(pid, signal.SIGSTOP)
    try:
        eventually(lambda: is_state(first, "unhealthy"), 10, "the stopped one is unhealthy")
        proxy.wait_for_line("the last: no answer in time", patient(5))
        for _ in range(10):
            ping(stage, proxy)
    finally:
        os.kill(pid, signal.SIGCONT)
    eventually(lambda: is_state(first, "healthy"), 10, "it goes on and is healthy")

    os.kill(pid, signal.SIGKILL)
    eventually(lambda: is_state(first, "unhealthy"), 10, "the killed one is unhealthy")
    for _ in range(10):
        ping(stage, proxy)


def ping(stage, proxy):
    client = stage.connect(proxy)
    client.send(b"PING\r\n")
    assert client.receive(7) == b"+PONG\r\n"
    client.close()
