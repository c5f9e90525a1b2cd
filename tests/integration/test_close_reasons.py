"""Every close reason that weir knows is brought about, counted, logged, and listed by the API.

The reasons are weir's own: the label values of weir_listener_closed_total, which are all there from
the start. A scenario says which of them it ends sessions with; one without a scenario is a fault.
"""
import pytest

from harness import backends
from harness.api import Api
from harness.close_scenarios import CLOSED, SCENARIOS, Play
from harness.wait import eventually, patient

pytestmark = pytest.mark.weir_only


def listed(play):
    """What the page is told."""
    closed = Api(play.proxy).read("/api/v1/history")["closed"]
    return {(each["who"], each["how"], each["phase"]) for each in closed if each["total"]}


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_reason_is_counted_logged_and_listed(stage, weir, shim, name):
    scenario, reasons, fault_points, exits = SCENARIOS[name]
    if fault_points and not weir.fault_points():
        pytest.skip("built without fault points (a release)")
    play = Play(stage, shim)
    scenario(play)
    counted = {}

    def all_counted():
        counted.clear()
        counted.update(play.counted())
        return all(counted[reason] >= 1 for reason in reasons)

    eventually(all_counted, 10, f"{reasons} are counted")
    if exits:
        play.proxy.expect_clean_exit(within=patient(15))
    else:
        others = {reason for reason, count in counted.items() if count} - reasons
        assert not others, f"not what was meant: {others}"
        eventually(lambda: listed(play) == reasons, 5, f"{reasons} are listed")
    eventually(lambda: reasons <= set(play.logged()), 5, f"{reasons} are logged")
    if not exits:
        assert play.logged() == {reason: counted[reason] for reason in reasons}


def test_every_reason_has_a_scenario(stage):
    proxy = stage.proxy([stage.backend(backends.mute)])
    known = {
        (labels["who"], labels["how"], labels["phase"])
        for labels, _ in proxy.metrics().find(CLOSED)
    }
    played = set().union(*(reasons for _, reasons, _, _ in SCENARIOS.values()))
    assert not known - played, f"nothing brings about {known - played}"
    assert not played - known, f"weir does not know of {played - known}"
