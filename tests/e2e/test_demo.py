"""weir demo needs nothing but the binary: six curls are answered by three backends."""
import subprocess
from collections import Counter

import pytest

from harness.running import Running
from harness.stage import Stage
from programs import need

pytestmark = pytest.mark.weir_only


@pytest.fixture
def demo(stage: Stage, weir):
    running = Running([weir.binary, "demo", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"])
    try:
        running.address = running.wait_for_line(r"listening on (\S+) \(listener ").group(1)
        running.admin = running.wait_for_line(r"admin on (\S+)").group(1)
        running.has_metrics = True
        yield running
        running.terminate()
        running.expect_clean_exit()
    finally:
        running.kill()


def curl(url):
    result = subprocess.run(
        [need("curl"), "-s", "-S", "--fail", "--max-time", "10", url],
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_six_curls_are_answered_by_three_backends(demo):
    """Must show."""
    answers = Counter(curl(f"http://{demo.address}/") for _ in range(6))
    assert len(answers) == 3, answers
    assert demo.counted("weir_listener_accepted_total") >= 6


def test_its_admin_server_is_on(demo):
    """Build 9."""
    assert curl(f"http://{demo.admin}/readyz") == "ready\n"
    assert "weir_listener_accepted_total" in curl(f"http://{demo.admin}/metrics")
