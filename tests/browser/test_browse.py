"""The Neurons page in a browser: keys, brushing, the address, exports."""

from __future__ import annotations

import re

import pytest

from tests.browser.conftest import address_says, assert_whole, eventually

LIST = "Neurons with name"


def listed(page) -> int:
    """How many neurons the table has."""
    return int(page.get_by_role("grid", name=LIST).get_attribute("aria-rowcount")) - 1


def card(page) -> str:
    """The number of the open neuron."""
    return page.locator("h3").first.inner_text().split()[0]


def opens(page, number: str) -> None:
    page.wait_for_function("n => document.querySelector('h3')?.innerText.startsWith(n + ' ')", arg=number)
    page.settle()


def order(page) -> list[str]:
    """Numbers of the first rows of the table, from above."""
    rows = page.get_by_role("grid", name=LIST).locator(".row")
    found = rows.evaluate_all("rows => rows.map(row => [row.position, row.querySelector('.cell').innerText])")
    return [number for _, number in sorted(found)]


def test_keys_walk_the_listed_neurons_search_and_help_and_are_left_to_fields(address, open_page):
    page = open_page(f"{address}/Neurons")
    rows = order(page)
    opens(page, rows[0])
    page.locator("h1").click()
    for key, at in (("j", 1), ("ArrowRight", 2), ("k", 1), ("ArrowLeft", 0)):
        page.keyboard.press(key)
        opens(page, rows[at])
    page.keyboard.type("jj")  # quicker than the server: two rows on
    opens(page, rows[2])
    page.keyboard.press("?")
    page.get_by_role("dialog").get_by_text("next neuron of the table").wait_for()
    page.keyboard.press("j")
    page.keyboard.press("Escape")
    page.get_by_role("dialog").wait_for(state="hidden")
    page.keyboard.press("/")
    search = page.get_by_role("textbox", name="Search")
    eventually(page, lambda: search.evaluate("field => field === document.activeElement"))
    page.keyboard.type("jk?")
    assert search.input_value() == "jk?" and page.get_by_role("dialog").count() == 0
    search.fill("")
    page.get_by_role("tab").first.focus()
    page.keyboard.press("ArrowRight")
    page.settle()
    assert card(page) == rows[2]
    assert_whole(page)


def test_brushing_filters_and_is_shown_as_a_condition_that_can_be_taken_off_and_back_undoes_it(address, open_page):
    page = open_page(f"{address}/Neurons")
    everything = listed(page)
    box = page.locator(".histogram .area").bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.55, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.85, middle, steps=5)
    page.mouse.up()
    address_says(page, "density_items>=")
    page.settle()
    some = listed(page)
    assert 0 < some < everything
    least = page.get_by_label(re.compile("Fires on films, at least")).input_value()
    assert 0 < float(least) < 100
    page.go_back()
    eventually(page, lambda: listed(page) == everything)
    page.go_forward()
    eventually(page, lambda: listed(page) == some)
    page.settle()
    field = page.locator(".scatter .ends input").first
    field.fill("101")
    field.press("Enter")
    page.get_by_text("No neuron matches.").wait_for()
    page.settle()
    page.locator(".st-key-neurons-chips").get_by_role("button").nth(1).click()
    eventually(page, lambda: page.get_by_role("grid", name=LIST).count() == 1 and listed(page) == some)
    page.get_by_role("button", name=re.compile("Fires on films")).click()
    eventually(page, lambda: listed(page) == everything)
    assert_whole(page)


def test_an_address_shows_the_same_after_reloading_and_in_a_second_tab(address, open_page):
    page = open_page(f"{address}/Neurons")
    page.get_by_role("textbox", name="Search").fill("the")
    page.get_by_role("textbox", name="Search").press("Enter")
    address_says(page, "q=the")
    page.settle()
    page.get_by_role("grid", name=LIST).get_by_role("button", name="AP", exact=True).click()
    address_says(page, "sort=-ap")
    page.settle()
    rows = order(page)
    assert 0 < len(rows) < 34
    page.get_by_role("grid", name=LIST).locator("#row-1 .cell").nth(1).click()
    opens(page, rows[1])
    address_says(page, f"neuron={rows[1]}")
    for other in (page, page.context.new_page()):
        other.goto(page.url)
        opens_in = "n => document.querySelector('h3')?.innerText.startsWith(n + ' ')"
        other.wait_for_function(opens_in, arg=rows[1])
        eventually(other, lambda other=other: order(other)[:5] == rows[:5])
        search = other.get_by_role("textbox", name="Search")  # filled a moment after the list
        eventually(other, lambda search=search: search.input_value() == "the")


@pytest.mark.parametrize("kind", ["CSV", "Parquet"])
def test_the_listed_neurons_are_saved_as_a_file(address, open_page, kind):
    page = open_page(f"{address}/Neurons?where=purity%3E%3D0.9")
    with page.expect_download() as saving:
        page.locator(".st-key-neurons-below").get_by_role("button", name=kind).click()
    path = saving.value.path()
    assert path.stat().st_size > 100
    if kind == "CSV":
        assert len(path.read_text().splitlines()) == listed(page) + 1
    assert_whole(page)
