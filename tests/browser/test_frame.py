"""What the frame promises of every page, measured in Chromium at the widths of a laptop and of a projector."""

import pytest

from explorer.ui.cache import DEMO_NAME, TREE_NAME
from tests.browser.conftest import ROOT, opened

PAGES = ["", "Data", "Train", "Runs", "Neurons", "Items", "Users", "Hierarchy", "Steering", "Audit"]
WIDTHS = [1280, 1400, 1920]
_CONTROLS = "input, button, a[href], [role=slider], [role=combobox], [role=grid]"

_MEASURE = """controls => {
  const box = (selector) => document.querySelector(selector).getBoundingClientRect();
  const main = document.querySelector('[data-testid=stMainBlockContainer]');
  const style = getComputedStyle(main);
  const content = main.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
  const first = [...main.querySelectorAll(controls)].find(e => e.getBoundingClientRect().width > 0
    && !e.closest('[data-testid=stHeading]'));
  const cut = [];
  for (const e of main.querySelectorAll('[data-testid=stWidgetLabel] p, [data-testid=stMetricLabel] p, h1, h2, h3'))
    if (e.scrollWidth > e.clientWidth + 1) cut.push(e.innerText);
  for (const host of document.querySelectorAll('[data-testid=stBidiComponentIsolated]')) {
    const grid = (host.shadowRoot ?? host).querySelector('.grid') ?? host.querySelector('.grid');
    if (!grid || !host.checkVisibility()) continue;
    if (grid.scrollWidth > grid.clientWidth + 1) cut.push('table ' + grid.getAttribute('aria-label'));
    for (const button of grid.querySelectorAll('.head button'))
      if (button.scrollWidth > button.clientWidth + 1) cut.push('heading ' + button.innerText);
  }
  return {content: content / innerWidth, sidebar: box('[data-testid=stSidebar]').width, cut,
          first: first ? first.getBoundingClientRect().top : null};
}"""

# Tables take their new width as the next frame is drawn, which is later than the browser says that it is resized.
_DRAWN = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"

_INSIDE = """() => {
  const e = document.activeElement;
  return e.matches('input, button, a, summary, [tabindex], [data-testid=stBidiComponentIsolated]')
    && !!e.parentElement.closest('[data-testid=stMain]');
}"""
_FOCUSED = "() => document.activeElement.outerHTML.slice(0, 200)"
_CONTRAST = """() => {
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const rgb = colour => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data; return [r, g, b, a / 255]; };
  const linear = v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => [r, g, b].map(v => linear(v / 255))
    .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
  return [...document.querySelectorAll('[data-testid=stCaptionContainer] p')].map(p => {
    let ground = [255, 255, 255], alpha = rgb(getComputedStyle(p).color)[3];
    for (let e = p; e; e = e.parentElement) alpha *= parseFloat(getComputedStyle(e).opacity);
    for (let e = p; e; e = e.parentElement) {
      const found = rgb(getComputedStyle(e).backgroundColor); if (found[3] === 1) { ground = found; break; } }
    const text = rgb(getComputedStyle(p).color).slice(0, 3).map((v, i) => v * alpha + ground[i] * (1 - alpha));
    const [a, b] = [light(text), light(ground)].sort((x, y) => y - x);
    return (a + .05) / (b + .05);
  });
}"""


@pytest.fixture(scope="module", params=PAGES)
def page(request, browser, address):
    """Each page once; what unfolds is unfolded only where a test says so."""
    page = opened(browser, f"{address}/{request.param}")
    page.name = request.param
    yield page
    page.context.close()


def test_the_first_control_is_near_the_top_and_at_most_17_tab_presses_away(page):
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        page.settle()
        first = page.evaluate(_MEASURE, _CONTROLS)["first"]
        assert first is not None and first <= 140, f"{first} px from the top at {width} px"
    for _ in range(17):
        page.keyboard.press("Tab")
        if page.evaluate(_INSIDE):
            return
    raise AssertionError(page.evaluate(_FOCUSED))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_captions_have_enough_contrast(page, theme):
    page.emulate_media(color_scheme=theme)
    page.wait_for_function(
        "ground => getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor === ground",
        arg={"light": "rgb(255, 255, 255)", "dark": "rgb(17, 22, 29)"}[theme],
    )
    page.settle()
    contrasts = page.evaluate(_CONTRAST)
    assert contrasts and min(contrasts) >= 4.5


def test_a_page_uses_the_width_and_nothing_is_cut_in_what_it_shows_and_unfolds(page):
    folded = page.get_by_test_id("stMain").locator("details:not([open]) > summary")
    while folded.count():
        folded.first.click()
        page.settle()
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate(_DRAWN)
        page.settle()
        measured = page.evaluate(_MEASURE, _CONTROLS)
        assert measured["content"] >= 0.85
        assert measured["sidebar"] <= 240
        assert measured["cut"] == [], f"at {width} px"


def test_the_logo_is_drawn_as_paths_and_not_cut(page):
    logo = page.get_by_test_id("stSidebarLogo").first
    box, bar = logo.bounding_box(), page.get_by_test_id("stSidebar").bounding_box()
    assert box["x"] >= bar["x"] and box["x"] + box["width"] <= bar["x"] + bar["width"]
    assert "<text" not in (ROOT / "assets" / "logo.svg").read_text()


def test_every_page_has_a_title_of_its_own(page, titles):
    assert page.title().endswith((f" · {DEMO_NAME} · Concept Explorer", f" · {TREE_NAME} · Concept Explorer"))
    assert page.title() not in titles
    titles.add(page.title())


@pytest.fixture(scope="module")
def titles() -> set[str]:
    return set()
