"""Real servers behind the check of their own kind: stopped, killed, started again."""
import os
import signal

import pytest

from harness.wait import eventually, patient

FAST = "interval=200ms timeout=500ms fast=100ms rise=2 fall=2"


def start(kind, programs, tmp_path):
    """(address, check) of a real server of that kind."""
    if kind == "redis":
        return programs.redis(), "redis"
    if kind == "postgresql":
        return programs.postgres()[0], "postgresql user=postgres"
    root = tmp_path / "root"
    root.mkdir()
    (root / "health").write_text("well")
    return programs.nginx(root), "http path=/health"


def is_state(proxy, address, word):
    return proxy.counted("weir_backend_state", backend=address, state=word) == 1


def until_checked(proxy):
    eventually(
        lambda: proxy.counted("weir_backend_checks_total", result="passed") >= 4, 10, "checks"
    )
    assert proxy.counted("weir_backend_checks_total", result="failed") == 0


@pytest.mark.parametrize("kind", ["redis", "nginx", "postgresql"])
def test_a_server_that_is_stopped_or_killed_is_unhealthy_until_it_is_back(
    stage, programs, tmp_path, kind
):
    address, check = start(kind, programs, tmp_path)
    proxy = stage.proxy([address], check=f"{check} {FAST}")
    until_checked(proxy)

    os.kill(programs.pid_of(address), signal.SIGSTOP)
    try:
        eventually(lambda: is_state(proxy, address, "unhealthy"), 10, "the stopped one")
        proxy.wait_for_line("the last: no answer in time", patient(5))
    finally:
        os.kill(programs.pid_of(address), signal.SIGCONT)
    eventually(lambda: is_state(proxy, address, "healthy"), 10, "it goes on")

    programs.kill(address)
    eventually(lambda: is_state(proxy, address, "unhealthy"), 10, "the killed one")
    programs.restart(address)
    eventually(lambda: is_state(proxy, address, "healthy"), 20, "it was started again")
    assert proxy.counted("weir_backend_check_transitions_total") == 4


def test_an_nginx_that_loses_its_page_is_unhealthy(stage, programs, tmp_path):
    address, check = start("nginx", programs, tmp_path)
    proxy = stage.proxy([address], check=f"{check} {FAST}")
    until_checked(proxy)
    page = tmp_path / "root" / "health"
    page.unlink()
    proxy.wait_for_line("the last: answered with status 404", patient(5))
    page.write_text("well again")
    eventually(lambda: is_state(proxy, address, "healthy"), 10, "the page is back")


def test_a_postgres_that_does_not_know_the_name_is_there_all_the_same(stage, programs):
    address, _ = programs.postgres()
    proxy = stage.proxy([address], check=f"postgresql user=nobody-of-that-name {FAST}")
    until_checked(proxy)
