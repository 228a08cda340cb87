"""The Hierarchy page by hand: what is chosen in one of its parts is marked in all of them, and stays."""

from __future__ import annotations

import pytest

from explorer.runs import load_run
from explorer.ui.cache import DEMO_NAME, TREE_NAME
from tests.browser.conftest import ROOT, address_says, assert_whole, eventually, grave_faults

PAGE = f"Hierarchy?run={TREE_NAME.replace(' ', '+')}"
FLAT = f"Hierarchy?run={DEMO_NAME.replace(' ', '+')}"
# What each part of the page marks now, as numbers of neurons; the browser's parts and then the server's.
_MARKED = """() => {
  const inside = (selector) => {
    const look = (root) => {
      const found = root.querySelector(selector);
      if (found) return found;
      for (const one of root.querySelectorAll("*")) {
        const deeper = one.shadowRoot && look(one.shadowRoot);
        if (deeper) return deeper;
      }
      return null;
    };
    return look(document);
  };
  const number = (text) => parseInt(text ?? "-1");
  return {
    columns: number(inside(".columns .chosen button")?.dataset.neuron),
    map: inside(".map")?.view?.picture?.chosen ?? -1,
    table: number(inside(".grid .row.chosen .text")?.textContent),
    card: number(inside(".concept-card h4")?.textContent),
    box: number(document.querySelector(".st-key-hierarchy-choices input[role=combobox]")?.value),
    address: number(new URLSearchParams(location.search).get("neuron")),
  };
}"""
_PARTS = ("columns", "map", "table", "card")


def marked(page) -> dict[str, int]:
    return page.evaluate(_MARKED)


def ready(page) -> int:
    """Wait until all parts are drawn and agree; returns the neuron that they show."""
    eventually(page, lambda: len({marked(page)[part] for part in (*_PARTS, "box")}) == 1 and marked(page)["map"] >= 0)
    return marked(page)["map"]


def shows(page, neuron: int) -> None:
    """Wait until every part, the box and the address show this neuron."""
    eventually(page, lambda: set(marked(page).values()) == {neuron})
    page.settle()
    assert set(marked(page).values()) == {neuron}  # and no late answer has undone it


def child(page, which: int = 0):
    """A child of the chosen concept, in the last of the columns."""
    return page.locator(".columns section:last-child button").nth(which)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("view", ["tree", "map", "levels"])
def test_each_view_is_whole_and_has_no_grave_fault_in_either_theme(address, open_page, view, theme):
    page = open_page(f"{address}/{PAGE}&view={view}", theme, idle=False)
    fetched = []
    page.on("request", lambda request: fetched.append(request.url))
    page.settle()
    if view != "levels":
        page.locator(".map[data-drawn]").wait_for()
    assert_whole(page)
    assert grave_faults(page) == []
    assert not [url for url in fetched if "lotly" in url or "vega" in url.lower()]


def test_a_choice_in_any_part_is_marked_in_all_and_kept_by_f5_and_back(address, open_page):
    page = open_page(f"{address}/{PAGE}")
    ready(page)
    second = int(child(page).get_attribute("data-neuron"))
    child(page).click()
    shows(page, second)
    other = page.locator(".grid .row:not(.chosen)").nth(3)
    in_table = int(other.locator(".text").first.inner_text())
    other.click()
    shows(page, in_table)
    page.reload()
    page.settle()
    assert ready(page) == in_table
    page.go_back()
    shows(page, second)
    page.go_forward()
    shows(page, in_table)
    assert_whole(page)


def test_a_choice_is_marked_at_once_and_of_quick_ones_the_last_stands(address, open_page):
    page = open_page(f"{address}/{PAGE}")
    ready(page)
    numbers = page.evaluate(
        """() => {
          const find = (root) => root.querySelector(".grid") ?? [...root.querySelectorAll("*")]
            .map((one) => one.shadowRoot && find(one.shadowRoot)).find(Boolean);
          const rows = [...find(document).querySelectorAll(".row:not(.chosen)")].slice(0, 5);
          const numbers = rows.map((one) => parseInt(one.querySelector(".text").textContent));
          rows.forEach((one, i) => setTimeout(() => one.querySelector(".text").click(), 60 * i));
          return numbers;
        }"""
    )
    shows(page, numbers[-1])
    assert_whole(page)


def test_two_tabs_do_not_disturb_each_other(address, open_page):
    page = open_page(f"{address}/{PAGE}")
    first = ready(page)
    other = page.context.new_page()
    other.settle = lambda: other.wait_for_timeout(500)
    other.goto(page.url)
    ready(other)
    number = int(child(other).get_attribute("data-neuron"))
    child(other).click()
    shows(other, number)
    assert marked(page)["map"] == first
    third = int(child(page, 1).get_attribute("data-neuron"))
    child(page, 1).click()
    shows(page, third)
    assert marked(other)["map"] == number != third


def test_the_levels_cut_tree_map_and_table_together(address, open_page):
    page = open_page(f"{address}/{PAGE}")
    ready(page)
    page.get_by_role("slider").first.focus()
    page.keyboard.press("ArrowLeft")
    address_says(page, "levels=1")
    page.settle()
    first = load_run(ROOT / "assets" / "demo-tree-run").sae.levels[0]
    assert page.locator(".grid").get_attribute("aria-rowcount") == str(1 + first)  # with the head
    assert page.locator(".columns section").count() == 1
    assert page.locator(".map").evaluate("map => map.view.picture.width") == first
    assert_whole(page)


def test_another_run_shows_its_own_concept_and_the_page_comes_back_as_it_was_left(address, open_page):
    page = open_page(f"{address}/{PAGE}")
    ready(page)
    number = int(child(page).get_attribute("data-neuron"))
    child(page).click()
    shows(page, number)
    page.get_by_role("link", name="Runs").first.click()
    page.get_by_role("heading", name="Runs").wait_for()
    page.settle()
    page.get_by_role("link", name="Hierarchy").first.click()
    assert ready(page) == number
    page.goto(f"{address}/{FLAT}")
    page.settle()
    eventually(page, lambda: marked(page)["map"] == marked(page)["table"] == marked(page)["card"] >= 0)
    assert_whole(page)


@pytest.mark.parametrize("width", [390, 1280, 1920])
def test_the_map_has_three_fifths_of_the_window_and_nothing_is_wider_than_it(address, open_page, width):
    page = open_page(f"{address}/{PAGE}&view=map")
    page.set_viewport_size({"width": width, "height": 800})
    page.settle()
    page.locator(".map[data-drawn]").wait_for()
    box = page.locator(".map").bounding_box()
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= width
    if width > 390:
        assert box["width"] * box["height"] >= 0.6 * width * 800
        assert box["y"] + box["height"] <= 800
