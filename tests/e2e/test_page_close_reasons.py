"""Every close reason that a release can be brought to is on the page, in a real browser."""
import pytest

from harness.close_scenarios import SCENARIOS, Play

pytestmark = pytest.mark.weir_only

SEEN = [name for name, (_, _, _, exits) in SCENARIOS.items() if not exits]


@pytest.mark.parametrize("name", SEEN)
def test_a_reason_is_on_the_page(stage, weir, shim, browser, name):
    scenario, reasons, fault_points, _ = SCENARIOS[name]
    if fault_points and not weir.fault_points():
        pytest.skip("built without fault points (a release)")
    play = Play(stage, shim)
    scenario(play)
    browser.go(f"http://{play.proxy.admin}/")
    rows = sorted(" / ".join(reason) for reason in reasons)
    table = "document.querySelector('#closed').innerText"
    browser.wait_for(f"{rows}.every((row) => {table}.includes(row))", f"{rows} are shown")
