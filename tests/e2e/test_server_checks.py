"""Real servers behind the check of their own kind: stopped, killed, started again."""
import os
import signal

import pytest

from harness.wait import eventually, patient

FAST = "interval=200ms timeout=500ms fast=100ms rise=2 fall=2"


@pytest.fixture(name="is_state")
def _is_state():
    return lambda proxy, address, word: (
        proxy.counted("weir_backend_state", backend=address, state=word) == 1
    )


def until_checked(proxy):
    eventually(
        lambda: proxy.counted("weir_backend_checks_total", result="passed") >= 4, 10, "checks"
    )
    assert proxy.counted("weir_backend_checks_total", result="failed") == 0


def test_an_nginx_that_loses_its_page_or_its_life_is_unhealthy(stage, programs, tmp_path, is_state):
    root = tmp_path / "root"
    root.mkdir()
    (root / "health").write_text("well")
    address = programs.nginx(root)
    proxy = stage.proxy([address], check=f"http path=/health {FAST}")
    until_checked(proxy)
    (root / "health").unlink()
    proxy.wait_for_line("the last: answered with status 404", patient(5))
    assert is_state(proxy, address, "unhealthy")
    (root / "health").write_text("well again")
    eventually(lambda: is_state(proxy, address, "healthy"), 10, "the page is back")
    programs.kill(address)
    eventually(lambda: is_state(proxy, address, "unhealthy"), 10, "it was killed")


def test_a_postgres_is_checked_by_its_protocol(stage, programs, is_state):
    address, _ = programs.postgres()
    proxy = stage.proxy([address], check=f"postgresql user=postgres {FAST}")
    until_checked(proxy)
    os.kill(programs.pid_of(address), signal.SIGSTOP)
    try:
        eventually(lambda: is_state(proxy, address, "unhealthy"), 10, "the stopped one")
        proxy.wait_for_line("the last: no answer in time", patient(5))
    finally:
        os.kill(programs.pid_of(address), signal.SIGCONT)
    eventually(lambda: is_state(proxy, address, "healthy"), 10, "it goes on")


def test_a_postgres_that_does_not_know_the_name_is_there_all_the_same(stage, programs):
    address, _ = programs.postgres()
    proxy = stage.proxy([address], check=f"postgresql user=nobody-of-that-name {FAST}")
    until_checked(proxy)
