"""Every close reason is on the page, in a real browser.

A release shows those that it can be brought to, a build with fault points the others.
"""
import pytest

from harness.close_scenarios import SCENARIOS, Play
from harness.wait import patient

pytestmark = pytest.mark.weir_only


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_reason_is_on_the_page(stage, weir, shim, browser, name):
    scenario, reasons, fault_points, exits = SCENARIOS[name]
    if fault_points != weir.fault_points():
        pytest.skip("for a build with fault points" if fault_points else "for a release")
    play = Play(stage, shim)
    scenario(play)
    browser.go(f"http://{play.proxy.admin}/")
    rows = sorted(" / ".join(reason) for reason in reasons)
    table = "document.querySelector('#closed').innerText"
    browser.wait_for(f"{rows}.every((row) => {table}.includes(row))", f"{rows} are shown")
    if exits:
        play.proxy.expect_clean_exit(within=patient(15))
