"""The columns and the tree of the Hierarchy page by hand: what a click marks and how soon, folds, keys, texts."""

from __future__ import annotations

import pytest

from explorer.config import load_config
from explorer.runs import explain_base, save_run, train_base
from explorer.ui.cache import TREE_NAME
from tests.browser.conftest import ROOT, address_says, assert_whole, eventually, grave_faults, serve

PAGE = f"Hierarchy?run={TREE_NAME.replace(' ', '+')}"
CROWDED = ["recommender.dim=16", "sae.epochs=20", "sae.activation=batchtopk", "sae.k=4", "sae.width=48"]
CROWDED += ["sae.prefix_widths=[30, 48]"]
SECTORS = ".tree [role=treeitem]"
CHOSEN = ".tree [role=treeitem][aria-selected=true]"
COLUMN = ".split [aria-current=true]"
# Every text of the tree: what it says, its size on screen, and whether its middle lies on the picture.
_TEXTS = """svg => [...svg.querySelectorAll("text")].map(text => {
  const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width, box = text.getBoundingClientRect();
  const all = svg.getBoundingClientRect();
  return [text.textContent, Number(text.getAttribute("font-size")) * scale,
    box.left >= all.left - 1 && box.right <= all.right + 1 && box.top >= all.top - 1 && box.bottom <= all.bottom + 1];
})"""
# Milliseconds from a click until all that is asked for is there.
_UNTIL = """async ([clicked, ...marked]) => {
  const all = query => [...document.querySelectorAll("*")]
    .flatMap(one => one.shadowRoot ? [...one.shadowRoot.querySelectorAll(query)] : []);
  const start = performance.now();
  all(clicked)[0].dispatchEvent(new MouseEvent("click", {bubbles: true}));
  const there = () => marked.every(query => all(query).length);
  while (!there() && performance.now() - start < 20000) await new Promise(requestAnimationFrame);
  return performance.now() - start;
}"""


@pytest.fixture
def page(address, open_page):
    return with_tree(open_page, f"{address}/{PAGE}&neuron=0")


@pytest.fixture
def crowded(tmp_path, open_page):
    """The page of a run that has more roots than the innermost ring has room for, so that the rest is a fold."""
    config = load_config(settings=CROWDED)
    save_run(explain_base(train_base("demo", config), config), tmp_path / "runs" / "crowded")
    with serve(ROOT / "app.py", {"EXPLORER_RUNS": str(tmp_path / "runs"), "EXPLORER_DATA": str(tmp_path)}) as address:
        yield with_tree(open_page, f"{address}/Hierarchy?run=crowded&view=tree")


def with_tree(open_page, address: str):
    opened = open_page(address)
    opened.locator(SECTORS).first.wait_for()
    opened.settle()
    return opened


def neurons(page) -> list[int]:
    """Those that have a sector."""
    return [int(one) for one in page.locator(SECTORS).evaluate_all("all => all.map(one => one.dataset.neuron)")]


def parent_in(page) -> int:
    """A concept of the tree with several children around it."""
    return int(
        page.locator(f"{SECTORS}.concept[aria-expanded=true]:not([aria-label$='1 child'])").first.get_attribute(
            "data-neuron"
        )
    )


def test_few_sectors_with_texts_that_can_be_read_and_nothing_grave_for_a_screen_reader(page):
    for shape in ("Sunburst", "Icicle"):
        page.get_by_role("radio", name=shape).or_(page.get_by_role("button", name=shape, exact=True)).first.click()
        page.settle()
        assert 2 < page.locator(SECTORS).count() <= 40
        texts = page.locator(".tree svg").evaluate(_TEXTS)
        assert len(texts) > 10 and all(size >= 11 and inside for _, size, inside in texts), texts
        assert not any(text.endswith("…") and text.count("…") > 1 for text, *_ in texts)
    assert not [fault for fault in grave_faults(page) if "tree" in fault or "split" in fault or "chip" in fault]
    assert_whole(page)


def test_a_choice_is_marked_in_the_tree_and_in_the_columns_at_once_and_stays(page):
    parent = parent_in(page)
    marked = [f'{mark}[data-neuron="{parent}"]' for mark in ("[aria-current=true]", "[aria-selected=true]")]
    took = page.evaluate(_UNTIL, [f'[role=treeitem][data-neuron="{parent}"]', *marked])
    assert took < 300, f"{took:.0f} ms"
    page.settle()
    address_says(page, f"neuron={parent}")
    sentence = page.locator(".sentence").inner_text()
    assert " splits into " in sentence or " has one child" in sentence
    child = page.locator(".split .column").last.locator("button").first.get_attribute("data-neuron")
    took = page.evaluate(
        _UNTIL, [f'.entry button[data-neuron="{child}"]', f'[aria-current=true][data-neuron="{child}"]']
    )
    assert took < 300, f"{took:.0f} ms"
    page.settle()
    page.reload(wait_until="domcontentloaded")
    page.settle()
    assert page.locator(COLUMN).get_attribute("data-neuron") == child
    page.go_back()
    page.settle()
    eventually(page, lambda: page.locator(CHOSEN).get_attribute("data-neuron") == str(parent))
    assert_whole(page)


def test_the_tree_goes_by_keys_folds_open_and_a_trail_leads_back(crowded):
    page = crowded
    before = neurons(page)
    first = page.locator(f"{SECTORS}.concept[aria-expanded=true]").first
    first.focus()
    for key, label in (("ArrowRight", "a child"), ("ArrowLeft", "the parent again")):
        page.keyboard.press(key)
        focused = page.evaluate("document.activeElement.shadowRoot.activeElement.getAttribute('aria-level')")
        assert focused == ("2" if key == "ArrowRight" else "1"), label
    page.keyboard.press("Enter")
    eventually(page, lambda: page.locator(CHOSEN).count() == 1)
    page.settle()
    page.locator(f"{SECTORS}.fold").first.click()
    page.locator(".trail button").first.wait_for()
    assert neurons(page) != before
    page.locator(".trail button").first.click()
    assert neurons(page) == before
    page.locator(".apart summary").first.click()
    page.locator(".apart .chip[data-neuron]").first.click()
    page.settle()
    assert "Without a parent" in page.locator(".split h4").first.inner_text() or page.locator(".notes p").count() > 0
    assert_whole(page)


def test_the_columns_go_by_arrows_and_are_a_tree_where_there_is_little_room(page):
    parent = parent_in(page)
    page.locator(f'{SECTORS}[data-neuron="{parent}"]').dispatch_event("click")
    page.settle()
    page.locator(COLUMN).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    second = page.locator(".split .column").last.locator("button").nth(1).get_attribute("data-neuron")
    page.keyboard.press("Enter")
    eventually(page, lambda: page.locator(COLUMN).get_attribute("data-neuron") == second)
    page.settle()
    page.set_viewport_size({"width": 390, "height": 844})
    page.locator(".split .indented").wait_for()
    page.settle()
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 390 and page.locator(COLUMN).get_attribute("data-neuron") == second
    texts = page.locator(".tree svg").evaluate(_TEXTS)
    assert all(size >= 11 for _, size, _ in texts), texts


def test_the_tree_is_saved_with_its_title_and_its_legend(page, tmp_path):
    page.locator(".save summary").click()
    with page.expect_download() as caught:
        page.locator(".save button", has_text="SVG").click()
    text = caught.value.path().read_text()
    assert text.startswith("<svg") and "Tree of concepts" in text and "Size: share of" in text and "role=" not in text
    with page.expect_download() as caught:
        page.locator(".save button", has_text="PNG").click()
    assert caught.value.path().read_bytes()[:4] == b"\x89PNG"
    assert_whole(page)
