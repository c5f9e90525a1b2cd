"""Fixtures of the end-to-end tests: those of the integration tests, and real programs."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent.parent / "integration"))

import pytest  # noqa: E402
from harness.fixtures import *  # noqa: E402,F401,F403  pytest finds fixtures by name
from harness.fixtures import _where_it_makes_sense  # noqa: E402,F401

from browser import Browser  # noqa: E402
from programs import Programs  # noqa: E402


@pytest.fixture
def browser(tmp_path):
    started = Browser(tmp_path)
    yield started
    started.end()


@pytest.fixture
def programs(tmp_path):
    """Starts real servers and ends them by their pids."""
    started = Programs(tmp_path)
    yield started
    started.end()
