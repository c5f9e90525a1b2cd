"""A test that cannot fail proves nothing: each fault of a broken relay is caught by its case."""
import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent

CAUGHT_BY = {
    "mirror_cuts": "test_half_close.py::test_a_client_goes_on_after_the_servers_half_close",
    "half_close_cuts": "test_half_close.py::test_an_answer_follows_the_clients_half_close[1]",
    "loses_the_tail": "test_half_close.py::"
    "test_the_last_bytes_before_a_fin_survive_a_stopped_reader[client]",
    "fin_becomes_reset": "test_half_close.py::"
    "test_a_request_and_its_fin_in_one_segment_are_both_forwarded",
    "corrupts": "test_backpressure.py::test_random_streams_in_both_directions_at_once[1]",
    "no_backpressure": "test_backpressure.py::"
    "test_a_slow_reader_costs_no_memory_and_loses_no_byte[download]",
    "reset_becomes_fin": "test_reset.py::"
    "test_a_clients_reset_while_idle_reaches_the_server_as_a_reset",
    "ignores_resets": "test_reset.py::"
    "test_a_servers_reset_while_idle_reaches_the_client_as_a_reset",
    "reset_discards": "test_reset.py::test_a_servers_reset_behind_a_slow_reader_cuts_nothing",
    "unread_discards": "test_reset.py::"
    "test_an_answer_survives_a_server_that_closes_with_unread_input",
    "keeps_the_connect": "test_reset.py::test_a_client_that_resets_during_the_connect_ends_it",
    "never_retries": "test_backend_failures.py::"
    "test_a_refused_connect_goes_to_the_next_backend[round_robin]",
    "sends_twice": "test_backend_failures.py::"
    "test_a_backend_that_closes_at_once_is_a_success_and_not_retried",
    "waits_for_the_client": "test_backend_failures.py::"
    "test_a_server_that_speaks_first_is_heard",
    "all_for_one": "test_backend_failures.py::test_a_killed_backend_ends_only_its_own_sessions[1]",
    "keeps_the_client_waiting": "test_backend_failures.py::"
    "test_without_any_backend_clients_are_closed_at_once_and_nothing_spins[1]",
    "ignores_the_limit": "test_limits.py::"
    "test_beyond_the_limit_of_the_process_clients_wait_in_the_backlog[1]",
}


@pytest.mark.release_only("it runs relays of Python, which are the same in every build")
@pytest.mark.parametrize("fault, case", CAUGHT_BY.items(), ids=CAUGHT_BY.keys())
def test_a_broken_relay_is_caught(fault, case):
    """And the same relay without that fault passes the same case."""
    status, said = run(case, "none", deadline_seconds=20)
    assert status == 0, said[-2000:]
    status, said = run(case, fault, deadline_seconds=3)
    assert status == 1 and "1 failed" in said, said[-2000:]


def run(case, fault, deadline_seconds):
    """(exit status, output) of pytest with that one case."""
    options = ["-q", "-p", "no:cacheprovider", "--tb=line", "--proxy", "python"]
    environment = {"WEIR_TEST_FAULT": fault, "WEIR_TEST_DEADLINE": str(deadline_seconds)}
    done = subprocess.run(
        [sys.executable, "-B", "-m", "pytest", *options, case],
        cwd=HERE,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        text=True,
        timeout=90,
    )
    return done.returncode, done.stdout
