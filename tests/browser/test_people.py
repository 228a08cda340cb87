"""Choosing whose list it is as a hand does it: keyboard, Back, reload, and on a phone."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.conftest import address_says, assert_whole


def shown(page) -> str:
    return page.locator(".st-key-user input").input_value()


def test_a_taste_another_one_of_it_and_back(address, open_page):
    page = open_page(f"{address}/Steering?user=7")
    page.settle()
    page.get_by_role("button", name="By taste").click()
    page.get_by_role("dialog").get_by_role("radio").first.click()
    expect(page.locator(".st-key-user input")).not_to_have_value("User 7")
    page.settle()
    first = shown(page)
    address_says(page, f"user={first.removeprefix('User ')}")
    page.get_by_role("button", name="Another one").click()
    expect(page.locator(".st-key-user input")).not_to_have_value(first)
    page.settle()
    page.keyboard.press("Escape")
    page.go_back()
    expect(page.locator(".st-key-user input")).to_have_value(first)
    assert_whole(page)


def test_a_new_person_is_made_by_keyboard_and_is_the_same_after_a_reload(address, open_page):
    page = open_page(f"{address}/Steering?user=7")
    page.settle()
    page.get_by_role("button", name="New person").focus()
    page.keyboard.press("Enter")
    titles = page.get_by_role("dialog").get_by_role("combobox")
    titles.focus()
    for _ in range(2):
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        page.settle()
    page.wait_for_url(re.compile("likes="))
    page.keyboard.press("Escape")  # the titles
    page.keyboard.press("Escape")  # what they are in
    page.wait_for_function("() => !location.search.includes('user=')")
    expect(page.locator(".st-key-user input")).to_have_value("")
    expect(page.get_by_role("button", name="Profile · 2")).to_be_visible()
    page.reload()
    page.settle()
    expect(page.get_by_role("button", name="Profile · 2")).to_be_visible()
    expect(page.locator(".st-key-user input")).to_have_value("")
    assert_whole(page)


def test_on_a_phone_the_choice_takes_two_rows_and_the_profile_fits(address, open_page):
    page = open_page(f"{address}/Steering?user=7")
    page.set_viewport_size({"width": 390, "height": 844})
    page.settle()
    boxes = [part.bounding_box() for part in page.locator(".st-key-people > *").all()]
    assert len(boxes) == 6
    assert max(box["y"] + box["height"] for box in boxes) - min(box["y"] for box in boxes) < 3 * 40
    assert max(box["x"] + box["width"] for box in boxes) <= 390
    page.get_by_role("button", name="Profile").click()
    page.get_by_role("dialog").get_by_text("Strongest concepts").wait_for()
    page.settle()
    box = page.get_by_role("dialog").bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= 390
    for chart in page.get_by_role("dialog").locator(".js-plotly-plot").all():
        assert chart.bounding_box()["width"] <= box["width"]
    assert_whole(page)
