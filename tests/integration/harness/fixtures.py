"""pytest's side of the harness; both test folders import this from their conftest.py."""
import os
import sys
from pathlib import Path

import pytest

from harness.proxies import driver
from harness.shim import Shim
from harness.stage import Stage
from harness.wait import set_patience

PROXIES = ("weir", "haproxy", "nginx", "python")
SANITIZER_PATIENCE = 5.0
SKIPPED_STATUS = 77  # what tests/integration/CMakeLists.txt calls skipped


def pytest_addoption(parser):
    try:
        parser.addoption("--proxy", default="weir", choices=PROXIES, help="what to test")
        parser.addoption("--weir", help="weir's binary; WEIR_BINARY in the environment else")
    except ValueError:
        pass  # both folders in one run


def pytest_configure(config):
    sys.dont_write_bytecode = True
    config.addinivalue_line("markers", "weir_only: of weir's own behaviour, not run on others")
    config.addinivalue_line("markers", "release_only(why): not meaningful under a sanitizer")


def pytest_sessionfinish(session, exitstatus):
    """A file whose tests were all skipped is told to ctest as skipped, not as passed."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    ran = [outcome for outcome in ("passed", "failed", "error") if reporter.stats.get(outcome)]
    if exitstatus == 0 and reporter.stats.get("skipped") and not ran:
        session.exitstatus = SKIPPED_STATUS


@pytest.fixture(scope="session")
def proxy_driver(request):
    """The proxy that this run is about."""
    name = request.config.getoption("--proxy")
    binary = request.config.getoption("--weir") or os.environ.get("WEIR_BINARY")
    if name == "weir":
        if not binary or not Path(binary).is_file():
            pytest.exit(f"which binary? --weir PATH or WEIR_BINARY, not {binary!r}", 2)
        binary = Path(binary).resolve()
    chosen = driver(name, binary)
    set_patience(SANITIZER_PATIENCE if chosen.sanitizer() else 1.0)
    return chosen


@pytest.fixture(autouse=True)
def _where_it_makes_sense(request, proxy_driver):
    if request.node.get_closest_marker("weir_only") and proxy_driver.name != "weir":
        pytest.skip("of weir's own behaviour")
    release_only = request.node.get_closest_marker("release_only")
    if release_only and proxy_driver.sanitizer():
        pytest.skip(f"not under the {proxy_driver.sanitizer()} sanitizer: {release_only.args[0]}")


@pytest.fixture
def stage(proxy_driver):
    the_stage = Stage(proxy_driver)
    yield the_stage
    the_stage.leave()


@pytest.fixture
def weir(proxy_driver):
    """The driver, for commands that end by themselves."""
    if proxy_driver.name != "weir":
        pytest.skip("of weir's own behaviour")
    return proxy_driver


@pytest.fixture(scope="session")
def shim_library(tmp_path_factory):
    return Shim.build(tmp_path_factory.mktemp("shim"))


@pytest.fixture
def shim(shim_library, tmp_path, proxy_driver):
    return Shim(shim_library, tmp_path / "control", proxy_driver.sanitizer())
