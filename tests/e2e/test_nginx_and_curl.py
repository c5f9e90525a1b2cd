"""curl through the proxy to a real nginx: every checksum right, also while it drains."""
import hashlib
import subprocess
import threading

import pytest

from harness.stream import Source
from harness.wait import eventually
from programs import need

MIB = 1024 * 1024
PARALLEL = 200
FILE_BYTES = 10 * MIB


@pytest.fixture
def files(tmp_path):
    root = tmp_path / "root"
    root.mkdir()
    for name, size in (("big", FILE_BYTES), ("small", 600_000)):
        (root / name).write_bytes(bytes(Source(seed=size).take(size)))
    return root


def start_curls(url, count, *options):
    command = [need("curl"), "-s", "-S", "--fail", "--max-time", "120", *options, url]
    return [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(count)
    ]


def digests(curls):
    """The digest of each answer, read from all of them in turns."""
    found = [None] * len(curls)

    def read(index):
        digest = hashlib.sha256()
        while block := curls[index].stdout.read(256 * 1024):
            digest.update(block)
        error = curls[index].stderr.read()
        found[index] = digest.hexdigest() if curls[index].wait() == 0 else error

    threads = [threading.Thread(target=read, args=(index,)) for index in range(len(curls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(180)
    for curl in curls:
        curl.stdout.close()
        curl.stderr.close()
    return found


def expected(files, name):
    return hashlib.sha256((files / name).read_bytes()).hexdigest()


@pytest.mark.parametrize("reactors", [1, 2])
def test_200_parallel_downloads_have_the_right_checksum(stage, programs, files, reactors):
    """Must show: 10 MiB each."""
    proxy = stage.proxy([programs.nginx(files)], reactors=reactors)
    curls = start_curls(f"http://{proxy.address}/big", PARALLEL)
    assert set(digests(curls)) == {expected(files, "big")}
    proxy.wait_for_count("weir_listener_accepted_total", PARALLEL)
    if proxy.has_metrics:
        assert proxy.counted("weir_backend_connect_errors_total") == 0


@pytest.mark.weir_only
def test_sigterm_cuts_no_rate_limited_download(stage, programs, files):
    """Must show: some seconds each, exit 0."""
    proxy = stage.proxy([programs.nginx(files)], reactors=2, drain_timeout="60s")
    curls = start_curls(f"http://{proxy.address}/small", 40, "--limit-rate", "100k")
    eventually(lambda: proxy.sessions_active() == 40, 20, "all of them are downloading")
    proxy.terminate()
    assert set(digests(curls)) == {expected(files, "small")}
    proxy.expect_clean_exit()


def test_uploads_of_curl_are_answered(stage, programs, files):
    """nginx answers 405 before it has read everything and closes: the answer arrives."""
    proxy = stage.proxy([programs.nginx(files)])
    url = f"http://{proxy.address}/small"
    for _ in range(10):
        result = subprocess.run(
            [need("curl"), "-s", "-o", "/dev/null", "-w", "%{http_code}", "--max-time", "20"]
            + ["-H", "Expect:", "--data-binary", f"@{files}/small", url],
            capture_output=True,
            text=True,
        )
        assert result.stdout == "405", result
