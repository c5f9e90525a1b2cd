"""redis-benchmark through the proxy to a real redis-server."""
import os
import subprocess

import pytest

from programs import need

QUICK = os.environ.get("WEIR_E2E_QUICK") and not os.environ.get("CI")
REQUESTS = 20_000 if QUICK else 200_000


def benchmark(address, *options):
    host, _, port = address.rpartition(":")
    command = [need("redis-benchmark"), "-h", host, "-p", port, *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=240)


@pytest.mark.parametrize("reactors", [1, 2])
def test_redis_benchmark_sees_no_error(stage, programs, reactors):
    """Must show: -c 50 -n 200000, every request answered."""
    proxy = stage.proxy([programs.redis()], reactors=reactors)
    options = ["-c", "50", "-n", str(REQUESTS // reactors), "-t", "set,get", "--csv"]
    result = benchmark(proxy.address, *options)
    assert result.returncode == 0, result.stderr
    assert "rror" not in result.stdout + result.stderr, result.stderr
    rows = result.stdout.splitlines()
    assert [row.split(",")[0] for row in rows[1:]] == ['"SET"', '"GET"'], result.stdout
    if proxy.has_metrics:
        assert proxy.counted("weir_backend_connect_errors_total") == 0
        assert {who for who, _ in proxy.metrics().endings()} <= {"client"}


def test_pipelined_and_large_values(stage, programs):
    """Batches of 16, values of 100,000 bytes."""
    proxy = stage.proxy([programs.redis()], reactors=2)
    for options in (["-P", "16", "-n", "50000"], ["-d", "100000", "-n", "2000"]):
        result = benchmark(proxy.address, "-c", "20", "-t", "set,get", "--csv", *options)
        assert result.returncode == 0 and "rror" not in result.stdout + result.stderr


def test_a_connection_for_every_request(stage, programs):
    """-k 0: a thousand short sessions."""
    proxy = stage.proxy([programs.redis()], reactors=2)
    result = benchmark(proxy.address, "-k", "0", "-c", "10", "-n", "1000", "-t", "get", "--csv")
    assert result.returncode == 0 and "rror" not in result.stdout + result.stderr
    if proxy.has_metrics:
        assert proxy.counted("weir_listener_accepted_total") >= 1000
