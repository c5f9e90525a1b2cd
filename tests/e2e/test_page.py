"""The page at the admin root, in a real browser."""
import re
import time

import pytest

from harness import backends
from harness.api import TOKEN, Api, token_file
from harness.proxies import free_port
from harness.wait import eventually, patient

pytestmark = pytest.mark.weir_only

ENTER = "\ue007"
ESCAPE = "\ue00c"
WINDOWS = [1024, 1200, 1366]
MANY_BACKENDS = 1000
MANY_SESSIONS = 2000

# The contrast of every text with what is behind it, by WCAG's formula; below 4.5 it is told.
PALE_TEXTS = """
const channels = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
const over = (top, below) => {
  const alpha = top.length > 3 ? top[3] : 1;
  return [0, 1, 2].map((i) => top[i] * alpha + below[i] * (1 - alpha));
};
const light = (color) => {
  const [r, g, b] = color.map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const behind = (element) => {
  const layers = [];
  for (let each = element; each; each = each.parentElement)
    layers.unshift(channels(getComputedStyle(each).backgroundColor));
  return layers.reduce((below, layer) => over(layer, below), [255, 255, 255]);
};
const pale = [];
for (const element of document.querySelectorAll('body *')) {
  const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  if (!own || !element.checkVisibility() || element.disabled) continue;
  const ground = behind(element);
  const ink = over(channels(getComputedStyle(element).color), ground);
  const [high, low] = [light(ink), light(ground)].sort((a, b) => b - a);
  const ratio = (high + 0.05) / (low + 0.05);
  if (ratio < 4.5) pale.push(`${element.textContent.slice(0, 30)}: ${ratio.toFixed(2)}`);
}
return pale;
"""

# Whatever can be used or looked at and has no name for those who do not see it.
NAMELESS = """
const nameless = [];
for (const one of document.querySelectorAll('button, input, a, table, section, svg, dialog')) {
  if (one.closest('svg') !== null && one.tagName !== 'svg') continue;
  const labelled = one.getAttribute('aria-labelledby');
  const name = one.getAttribute('aria-label') || one.textContent.trim() ||
      labelled && document.getElementById(labelled) || one.caption ||
      [...one.labels || []].map((label) => label.textContent.trim()).join('');
  if (!name) nameless.push(one.outerHTML.slice(0, 80));
}
return nameless;
"""


@pytest.fixture
def start(stage):
    def make(addresses, **wishes):
        path = token_file(stage.directory())
        proxy = stage.proxy(addresses, admin_token_file=path, **wishes)
        return proxy, Api(proxy)

    return make


def open_page(browser, proxy):
    browser.go(f"http://{proxy.admin}/")
    browser.wait_for("document.body.dataset.loaded === 'true'", "the page has loaded")


def row_of(backend):
    """A JavaScript expression for a backend's row."""
    return (
        "[...document.querySelectorAll('#backends tbody tr')].find((row) => "
        f"row.cells[0].textContent === '{backend.address}')"
    )


def state_in(browser, backend):
    return browser.script(f"return {row_of(backend)}.querySelector('.state').innerText")


def wait_for_state(browser, backend, word):
    browser.wait_for(
        f"{row_of(backend)}.querySelector('.state').textContent === '{word}'", f"it is {word}"
    )


def assert_fits(browser, *parts):
    """Neither the page has to be moved sideways nor these parts of it."""
    beyond = browser.script(
        "return [document.documentElement, ...arguments[0].map((part) =>"
        " document.querySelector(part))].map((one) => one.scrollWidth - one.clientWidth)",
        parts,
    )
    assert max(beyond) <= 0, f"they are {beyond} pixels too wide"


def assert_quiet(browser, allowed=()):
    """No message on its console but those of refusals that the test brought about."""
    told = [entry["message"] for entry in browser.log("browser")]
    assert not [text for text in told if not any(each in text for each in allowed)], told


def test_it_loads_from_its_own_origin_and_without_a_complaint(stage, browser, start):
    proxy, _ = start([stage.backend(backends.echo), stage.backend(backends.echo)], reactors=2)
    clients = [stage.connect(proxy) for _ in range(5)]
    for client in clients:
        client.echo()
    open_page(browser, proxy)
    browser.wait_for("document.querySelectorAll('#sessions tbody tr').length === 5", "sessions")
    assert len(browser.texts("#reactors tbody tr")) == 2
    assert "default" in browser.text("#listeners tbody")
    clients.pop().reset()
    browser.wait_for("document.querySelectorAll('#sessions tbody tr').length === 4", "one less")
    browser.wait_for("document.querySelector('#closed').innerText.includes('reset')", "an ending")
    browser.wait_for("document.querySelector('#charts .line').getAttribute('d')", "a chart")
    asked = browser.requested()
    assert len(asked) > 10
    strangers = [url for url in asked if not url.startswith(f"http://{proxy.admin}/")]
    assert not [url for url in strangers if not url.startswith(("data:", "chrome:"))], strangers
    assert_quiet(browser)


def test_a_backend_that_is_killed_turns_red(stage, browser, start):
    victim, good = stage.victim(), stage.backend(backends.echo)
    proxy, _ = start([victim, good], check="tcp interval=50ms fall=2 rise=1")
    open_page(browser, proxy)
    color = "getComputedStyle({}.querySelector('.state')).color"
    assert state_in(browser, victim).endswith("healthy")
    before = browser.script("return " + color.format(row_of(victim)))
    assert before == browser.script("return " + color.format(row_of(good)))
    victim.kill()
    wait_for_state(browser, victim, "unhealthy")
    channels = f"{color.format(row_of(victim))}.match(/[0-9]+/g).map(Number)"
    browser.wait_for(f"(([r, g, b]) => r > 1.5 * Math.max(g, b))({channels})", "it is red")
    assert "refused" in browser.script(f"return {row_of(victim)}.innerText")
    browser.wait_for(
        "document.querySelector('#events tbody').innerText.includes('unhealthy')", "it is told"
    )
    assert_quiet(browser)


def test_a_drained_backend_says_so(stage, browser, start):
    one, two = stage.backend(backends.echo), stage.backend(backends.echo)
    proxy, api = start([one, two])
    open_page(browser, proxy)
    api.set_state("default", one.address, "drain")
    wait_for_state(browser, one, "draining")
    api.set_state("default", two.address, "maintenance")
    wait_for_state(browser, two, "maintenance")
    browser.wait_for("document.querySelector('.pool').innerText.includes('no eligible backend')")
    browser.wait_for(
        "document.querySelectorAll('#states button').length === 2", "a button for each state"
    )
    browser.click("#states button:first-child")
    browser.wait_for("document.querySelectorAll('#backends tbody td:first-of-type').length === 1")
    assert_quiet(browser)


def test_sessions_are_filtered_and_sorted(stage, browser, start):
    proxy, _ = start([stage.backend(backends.echo)])
    clients = [stage.connect(proxy) for _ in range(6)]
    for index, client in enumerate(clients):
        client.echo(bytes(1 + 100 * index))
    open_page(browser, proxy)
    browser.wait_for("document.querySelectorAll('#sessions tbody tr').length === 6", "all six")
    names = ["%s:%d" % client.socket.getsockname()[:2] for client in clients]
    first = "document.querySelector('#sessions tbody th').textContent"
    browser.click("#sessions th[data-sort=received] button")
    browser.wait_for(f"{first} === '{names[5]}'", "the largest first")
    sort = "#sessions th[data-sort=received]"
    assert browser.script(f"return document.querySelector('{sort}').ariaSort") == "descending"
    browser.click("#sessions th[data-sort=received] button")
    browser.wait_for(f"{first} === '{names[0]}'", "the smallest first")
    browser.type("#sessions-filter", names[2])
    browser.wait_for("document.querySelectorAll('#sessions tbody tr').length === 1", "one")
    assert browser.script("return " + first) == names[2]
    browser.type("#sessions-filter", "stage:queued")
    browser.wait_for("document.querySelectorAll('#sessions tbody tr').length === 0", "none")
    assert browser.text("#sessions-pager span") == "no sessions"
    assert_quiet(browser)


def test_changes_from_the_page_need_the_token(stage, browser, start):
    one, two = stage.backend(backends.echo), stage.backend(backends.echo)
    proxy, api = start([one, two])
    open_page(browser, proxy)
    browser.click(f"button[aria-label='Change {one.address}']")
    browser.click("#change input[value=drain]")
    browser.click("#change button[name=apply]")
    browser.wait_for("document.querySelector('#ask-token').open", "it asks for the token")
    browser.type("#ask-token input", TOKEN + "x")
    browser.click("#ask-token button[value=use]")
    browser.wait_for(
        "document.querySelector('#ask-token').open && "
        "document.querySelector('#ask-token .fault').textContent === 'This is not the token.'",
        "it says that it is wrong",
    )
    assert api.backend("default", one.address)["state"] == "healthy"
    browser.type("#ask-token input", TOKEN)
    browser.click("#ask-token button[value=use]")
    wait_for_state(browser, one, "draining")
    browser.wait_for("!document.querySelector('#change').open", "the dialog is closed")

    browser.click(f"button[aria-label='Change {two.address}']")
    browser.type("#change input[name=weight]", "7" + ENTER)
    eventually(lambda: api.backend("default", two.address)["weight"] == 7, 10, "its weight")
    browser.wait_for(f"{row_of(two)}.innerText.includes('7 (1)')", "both weights are shown")
    kept = browser.script("return [Object.keys(localStorage).length, document.cookie]")
    assert kept == [0, ""]
    assert_quiet(browser, allowed=["401"])


def test_the_token_is_kept_until_it_is_to_be_forgotten(stage, browser):
    proxy = stage.proxy(
        [stage.backend(backends.echo)],
        admin="0.0.0.0:0",
        admin_token_file=token_file(stage.directory()),
    )
    browser.go(f"http://127.0.0.1:{proxy.admin.rpartition(':')[2]}/")
    asks = "document.querySelector('#ask-token').open"
    browser.wait_for(asks, "reading needs the token")
    browser.type("#ask-token input", TOKEN)
    browser.click("#ask-token button[value=use]")
    browser.wait_for("document.body.dataset.loaded === 'true'", "the page has loaded")
    kept = "sessionStorage.getItem('weir-token')"
    browser.click("#token")
    browser.click("#ask-token button[value=cancel]")
    assert browser.script(f"return [{asks}, {kept}]") == [False, TOKEN]
    browser.click("#token")
    browser.click("#ask-token button[value=forget]")
    assert browser.script(f"return {kept}") is None
    browser.wait_for("!document.querySelector('#fault').hidden", "it says what it needs")
    assert not browser.script(f"return {asks}"), "it asks again who has just said no"
    assert_quiet(browser, allowed=["401"])


def test_sessions_are_ended_from_the_page(stage, browser, start):
    backend = stage.backend(backends.echo)
    proxy, _ = start([backend])
    clients = [stage.connect(proxy) for _ in range(3)]
    for client in clients:
        client.echo()
    open_page(browser, proxy)
    browser.script("sessionStorage.setItem('weir-token', arguments[0])", TOKEN)
    name = "%s:%d" % clients[1].socket.getsockname()[:2]
    end = f"button[aria-label='End the session of {name}']"
    browser.wait_for(f'document.querySelector("{end}")', "its row")
    browser.click(end)
    browser.press(ESCAPE)
    browser.wait_for("!document.querySelector('#confirm').open", "nothing was meant")
    clients[1].echo()
    browser.click(end)
    browser.click("#confirm button[value=yes]")
    assert clients[1].wait_for_reset(10)
    browser.wait_for(f'!document.querySelector("{end}")', "its row is gone")
    clients[0].echo()
    browser.click(f"button[aria-label='Change {backend.address}']")
    browser.click("#change button[name=end-sessions]")
    browser.click("#confirm button[value=no]")
    clients[0].echo()
    browser.click("#change button[name=end-sessions]")
    browser.click("#confirm button[value=yes]")
    assert clients[0].wait_for_reset(10) and clients[2].wait_for_reset(10)
    browser.wait_for("!document.querySelector('#change').open", "the dialog is closed")
    proxy.wait_for_endings({("weir", "admin"): 3})
    assert_quiet(browser)


def test_without_a_token_file_nothing_can_be_changed(stage, browser):
    proxy = stage.proxy([stage.backend(backends.echo)])
    open_page(browser, proxy)
    assert browser.script(
        "return [...document.querySelectorAll('#backends button')].every((one) => one.hidden)"
    )
    assert_quiet(browser)


def test_a_draining_weir_says_so_apart_from_how_long_it_is_up(stage, browser, start):
    proxy, _ = start([stage.backend(backends.echo)], drain_timeout="20s")
    client = stage.connect(proxy)
    client.echo()
    open_page(browser, proxy)
    assert " · serving · up " in browser.text("#process")
    proxy.terminate()
    browser.wait_for("document.querySelector('#process').innerText.includes(' · draining · up ')")
    assert_quiet(browser)
    client.close()
    proxy.expect_clean_exit()


def test_a_change_of_another_day_has_its_date(stage, browser, start):
    backend = stage.backend(backends.echo)
    proxy, api = start([backend])
    api.set_state("default", backend.address, "drain")
    open_page(browser, proxy)
    browser.wait_for("document.querySelector('#events tbody th')", "the change is told")
    time_of_log = browser.script("return document.querySelector('#events tbody th').title")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", time_of_log)
    today, before = browser.script(
        "const now = Date.now() / 1000;"
        "return import('/page/format.js').then(({clock}) => [clock(now), clock(now - 86400)]);"
    )
    assert before.endswith(", " + today)


def test_it_says_when_weir_is_gone(stage, browser, start):
    proxy, _ = start([stage.backend(backends.echo)])
    open_page(browser, proxy)
    proxy.terminate()
    proxy.expect_clean_exit()
    browser.wait_for("!document.querySelector('#fault').hidden", "it says so")
    assert "does not answer" in browser.text("#fault")
    assert "default" in browser.text("#backends")


def test_it_goes_on_with_the_weir_that_takes_its_place(stage, browser, start):
    backend = stage.backend(backends.echo)
    first, _ = start([backend], admin=f"127.0.0.1:{free_port()}")
    open_page(browser, first)
    first.terminate()
    browser.wait_for("!document.querySelector('#fault').hidden", "it says that weir has gone")
    first.expect_clean_exit()
    second, _ = start([backend], admin=first.admin)
    stage.connect(second).echo()
    browser.wait_for("document.querySelector('#fault').hidden", "weir is back")
    browser.wait_for("document.querySelectorAll('#sessions tbody tr').length === 1", "its session")


def test_names_from_outside_are_text(stage, browser):
    """A backend's name is shown as it is, whatever it is."""
    name = "unix:/tmp/<img/src=x/onerror=alert(1)>"
    proxy = stage.proxy([name, stage.backend(backends.echo)])
    open_page(browser, proxy)
    assert name in browser.text("#backends")
    assert browser.script("return document.querySelectorAll('img').length") == 0
    assert_quiet(browser)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_can_be_read_and_used_by_everyone(stage, browser, start, scheme):
    states = [stage.backend(backends.echo) for _ in range(3)]
    proxy, api = start([*states, stage.refuser()], check="tcp interval=50ms fall=1")
    api.set_state("default", states[0].address, "drain")
    api.set_state("default", states[1].address, "maintenance")
    stage.connect(proxy).echo()
    browser.set_media(scheme)
    open_page(browser, proxy)
    browser.wait_for("document.querySelectorAll('#states button').length === 4", "all states")
    assert browser.script(PALE_TEXTS) == []
    assert browser.script(NAMELESS) == []
    browser.click(f"button[aria-label='Change {states[2].address}']")
    assert browser.script(PALE_TEXTS) == []
    browser.press(ESCAPE)
    browser.set_size(390, 844, is_phone=True)
    assert_fits(browser, ".wide:has(#backends)", ".wide:has(#sessions)", ".wide:has(#events)")
    assert browser.script("return document.documentElement.lang") == "en"
    assert_quiet(browser)


def test_a_wide_table_moves_in_its_place_and_not_the_page(stage, browser, start):
    proxy, _ = start([stage.backend(backends.echo)])
    clients = [stage.connect(proxy) for _ in range(20)]
    open_page(browser, proxy)
    for width in WINDOWS:
        browser.set_size(width, 900)
        for client in clients:
            client.echo(bytes(50_000))
        browser.wait_for("document.querySelectorAll('#sessions tbody tr').length === 20", "all")
        assert_fits(browser)


@pytest.mark.release_only("figures of a slow build say nothing")
def test_with_many_backends_and_sessions_it_stays_usable(stage, browser, start, capsys):
    one = stage.backend(backends.echo)
    host, _, port = one.address.rpartition(":")
    others = [f"127.1.{index // 250}.{index % 250 + 1}:{port}" for index in range(MANY_BACKENDS)]
    lines = "\n".join(f"backend = {address} priority=1" for address in others[1:])
    config = (
        "[listener.default]\nbind = 127.0.0.1:0\npool = default\n"
        f"[pool.default]\nbackend = {host}:{port}\n{lines}\n"
    )
    proxy = stage.proxy(config=config, admin_token_file=token_file(stage.directory()), reactors=2)
    for _ in range(MANY_SESSIONS):
        stage.connect(proxy)
    eventually(lambda: proxy.sessions_active() == MANY_SESSIONS, 30, "all sessions")
    start_time = time.monotonic()
    open_page(browser, proxy)
    first = time.monotonic() - start_time
    assert len(browser.texts("#backends tbody tr")) <= 60
    assert len(browser.texts("#sessions tbody tr")) == 20
    assert "of 1,000 backends" in browser.text("#pools-pager span")
    assert f"of {MANY_SESSIONS:,} sessions" in browser.text("#sessions-pager span")
    start_time = time.monotonic()
    browser.type("#pools-filter", others[-1])
    browser.wait_for("document.querySelector('#pools-pager').innerText.startsWith('1 to 1 of 1 ')")
    filtered = time.monotonic() - start_time
    longest = browser.script(
        "return Math.max(0, ...performance.getEntriesByType('resource')"
        ".filter((entry) => entry.name.includes('/api/')).map((entry) => entry.duration))"
    )
    with capsys.disabled():
        print(
            f"\n{MANY_BACKENDS} backends, {MANY_SESSIONS} sessions: shown after {first:.2f} s, "
            f"filtered after {filtered:.2f} s, slowest answer {longest:.0f} ms"
        )
    assert first < patient(6) and filtered < patient(4)
    assert_quiet(browser)
