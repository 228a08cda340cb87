"""Steering as a hand does it: on a phone, and by keyboard."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import assert_whole

PHONE = {"width": 390, "height": 844}


def test_on_a_phone_a_slider_and_the_steered_list_are_seen_together(address, open_page):
    page = open_page(f"{address}/Steering?user=7")
    page.set_viewport_size(PHONE)
    page.settle()
    row = page.locator('[aria-label="The steered list"] tbody tr')
    expect(row).to_have_count(20)
    for box in (page.get_by_role("slider").first.bounding_box(), row.nth(3).bounding_box()):
        assert box["y"] > 0 and box["y"] + box["height"] <= PHONE["height"]
        assert box["x"] >= 0 and box["x"] + box["width"] <= PHONE["width"]
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= PHONE["width"]
    first = row.first.inner_text()
    page.get_by_role("slider").first.focus()
    page.keyboard.press("Home")
    page.get_by_text("Steered list · 1 change").wait_for()
    page.settle()
    assert row.first.inner_text() != first
    assert_whole(page)


def test_no_title_is_cut_at_the_widths_of_a_desk(address, open_page):
    page = open_page(f"{address}/Steering?user=7")
    for width in (1280, 1400, 1920):
        page.set_viewport_size({"width": width, "height": 900})
        page.settle()
        cut = page.evaluate(
            "[...document.querySelectorAll('.ranked-list td, .ranked-list th')]"
            ".filter(cell => cell.scrollWidth > cell.clientWidth + 1).map(cell => cell.innerText)"
        )
        assert cut == []
        assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= width
