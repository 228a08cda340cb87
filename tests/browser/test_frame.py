"""What the frame promises of every page, measured in Chromium at the widths of a laptop and of a projector."""

import pytest

PAGES = ["", "Train", "Runs", "Neurons", "Hierarchy", "Steering"]
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
    if (!grid) continue;
    if (grid.scrollWidth > grid.clientWidth + 1) cut.push('table ' + grid.getAttribute('aria-label'));
    for (const button of grid.querySelectorAll('.head button'))
      if (button.scrollWidth > button.clientWidth + 1) cut.push('heading ' + button.innerText);
  }
  return {content: content / innerWidth, sidebar: box('[data-testid=stSidebar]').width, cut,
          first: first ? first.getBoundingClientRect().top : null};
}"""

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


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_uses_the_width_and_nothing_is_cut(address, open_page, name, width):
    page = open_page(f"{address}/{name}")
    page.set_viewport_size({"width": width, "height": 900})
    page.settle()
    measured = page.evaluate(_MEASURE, _CONTROLS)
    assert measured["content"] >= 0.85
    assert measured["sidebar"] <= 240
    assert measured["cut"] == []
    assert measured["first"] is not None and measured["first"] <= 140


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_captions_have_enough_contrast(address, open_page, name, theme):
    contrasts = open_page(f"{address}/{name}", theme).evaluate(_CONTRAST)
    assert contrasts and min(contrasts) >= 4.5


@pytest.mark.parametrize("name", PAGES)
def test_the_first_control_is_at_most_12_tab_presses_away(address, open_page, name):
    page = open_page(f"{address}/{name}")
    inside = (
        "() => document.activeElement.matches('input, button, a, [tabindex], [data-testid=stBidiComponentIsolated]')"
        " && !!document.activeElement.parentElement.closest('[data-testid=stMain]')"
    )
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate(inside):
            return
    raise AssertionError(page.evaluate("() => document.activeElement.outerHTML.slice(0, 200)"))


def test_every_page_has_a_title_of_its_own(address, open_page):
    titles = {open_page(f"{address}/{name}").title() for name in PAGES}
    assert len(titles) == len(PAGES)
    assert all(title.endswith("Concept Explorer") for title in titles)
