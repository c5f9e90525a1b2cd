"""pgbench through the proxy to a PostgreSQL cluster of its own."""
import os
import re
import subprocess

from programs import need

SECONDS = 3 if os.environ.get("WEIR_E2E_QUICK") and not os.environ.get("CI") else 10


def pgbench(address, environment, *options):
    host, _, port = address.rpartition(":")
    return subprocess.run(
        [need("pgbench"), "-h", host, "-p", port, *options],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, **environment},
    )


def test_pgbench_has_no_failed_transaction(stage, programs):
    """Must show: -c 20 -T 10; then the same with a connection for every transaction."""
    address, environment = programs.postgres()
    proxy = stage.proxy([address], reactors=2)
    filled = pgbench(proxy.address, environment, "-i", "-q", "-s", "2")
    assert filled.returncode == 0, filled.stderr
    for options in (["-c", "20", "-T", str(SECONDS)], ["-C", "-c", "4", "-T", "2"]):
        result = pgbench(proxy.address, environment, "-n", *options)
        assert result.returncode == 0, result.stderr
        assert re.search(r"number of failed transactions: 0 ", result.stdout), result.stdout
        assert int(re.search(r"actually processed: (\d+)", result.stdout).group(1)) > 20
    if proxy.has_metrics:
        assert proxy.counted("weir_backend_connect_errors_total") == 0
