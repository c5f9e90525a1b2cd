"""Fixtures of the integration tests; see harness/."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from harness.fixtures import *  # noqa: E402,F401,F403  pytest finds fixtures by name
from harness.fixtures import _where_it_makes_sense  # noqa: E402,F401
