"""From a title in the card of a neuron to the item, on to a user, to Steering, and Back all the way; the live board's
titles; and rows whose score is explained."""

from __future__ import annotations

import re
from itertools import pairwise

from playwright.sync_api import expect

from tests.browser.conftest import address_says, assert_whole, eventually


def heading(page):
    return page.locator("[data-testid=stMain] h3").first


def test_a_title_leads_to_the_item_to_a_user_to_steering_and_back(open_page, address):
    page = open_page(f"{address}/Neurons?neuron=33")
    card = page.locator("[data-testid=stMain] a[href*='item=']").first
    title = card.inner_text()
    card.click()
    page.wait_for_url(re.compile("/Items.*item="))
    expect(heading(page)).to_have_text(title)
    expect(page.locator(".waterfall")).to_be_visible()
    at_item = page.url
    who = page.locator("[data-testid=stMain] a.text[href*='Users?']").first
    user = who.inner_text()
    who.click()
    page.wait_for_url(re.compile("/Users.*user="))
    expect(heading(page)).to_have_text(f"User {user}")
    expect(page.locator("[data-testid=stMain] strong", has_text="Why")).to_contain_text(title)
    page.get_by_role("link", name=f"Steer user {user}").click()
    page.wait_for_url(re.compile("/Steering"))
    address_says(page, f"user={user}")
    expect(page.locator(".board .row").first).to_be_visible()
    page.settle()
    page.go_back()
    expect(heading(page)).to_have_text(f"User {user}")
    page.settle()
    page.go_back()
    expect(heading(page)).to_have_text(title)
    assert page.url == at_item
    page.settle()
    page.go_back()
    page.wait_for_url(re.compile("/Neurons"))
    assert_whole(page)


def test_a_row_of_the_list_is_explained_and_survives_f5(open_page, address):
    page = open_page(f"{address}/Users?user=7")
    parts = page.locator(".waterfall")
    before = parts.get_attribute("aria-label")
    row = page.locator("[aria-label^=Recommended] [role=row]").nth(3)
    row.locator("[role=gridcell]").first.click()
    eventually(page, lambda: parts.get_attribute("aria-label") != before)
    page.settle()
    address_says(page, "item=")
    after = parts.get_attribute("aria-label")
    page.reload()
    expect(page.locator(".waterfall")).to_have_attribute("aria-label", after)
    assert_whole(page)


def test_the_bars_meet_and_end_at_the_score(open_page, address):
    page = open_page(f"{address}/Items?item=61&user=7")
    boxes = page.evaluate(
        """() => [...document.querySelectorAll(".waterfall tbody tr")].map(row => {
          const {left, right} = row.querySelector(".part").getBoundingClientRect();
          return [left, right, row.querySelector(".value").innerText.replace("−", "-")]; })"""
    )
    *parts, (_, end, score) = boxes
    now = 0.0
    for (left, right, value), (next_left, next_right, _) in pairwise(parts):
        reached = right if float(value) >= 0 else left
        assert min(abs(reached - next_left), abs(reached - next_right)) < 3
        now += float(value)
    total = now + float(parts[-1][2])
    assert abs(total - float(score)) < 0.02 * len(parts)
    last = parts[-1][1] if float(parts[-1][2]) >= 0 else parts[-1][0]
    assert abs(last - (end if float(score) >= 0 else boxes[-1][0])) < 4


def test_titles_on_the_live_board_lead_to_the_item_with_its_user(open_page, address):
    page = open_page(f"{address}/Steering?user=7")
    title = page.locator(".board .row:not([hidden]) a.words").first
    said = title.inner_text()
    title.click()
    page.wait_for_url(re.compile("/Items.*item="))
    address_says(page, "user=7")
    expect(heading(page)).to_have_text(said)
    page.go_back()
    expect(page.locator(".board .row").first).to_be_visible()
    assert_whole(page)
