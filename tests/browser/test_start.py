"""From the start page in one click to the neurons of a part of the dictionary, and to a list that changes."""

from __future__ import annotations

import re

from tests.browser.conftest import address_says, assert_whole, eventually


def test_a_part_of_the_bar_leads_to_exactly_its_neurons_and_back_leads_here(address, open_page):
    page = open_page(address)
    part = page.locator(".dictionary a.part", has_text="popularity only")
    n = int(part.locator("b").inner_text())
    part.click()
    page.wait_for_url("**/Neurons?*")
    page.settle()
    eventually(page, lambda: page.get_by_role("grid").first.locator(".row").count() == n)
    assert page.locator("h1").inner_text() == "Neurons"
    page.go_back()
    page.settle()
    eventually(page, lambda: page.locator(".concepts article").count() >= 18)
    assert_whole(page)


def test_a_stretch_of_the_bar_is_as_wide_as_its_share_and_leads_there_too(address, open_page):
    page = open_page(address)
    widths = page.locator(".dictionary .bar a").evaluate_all("all => all.map(one => one.offsetWidth)")
    numbers = [int(text) for text in page.locator(".dictionary a.part b").all_inner_texts()]
    assert widths[0] / sum(widths) - numbers[0] / sum(numbers) < 0.02
    page.locator(".dictionary .bar a.named").click()
    address_says(page, "part=named")


def test_try_it_opens_a_list_that_the_concept_has_changed(address, open_page):
    page = open_page(address)
    card = page.locator(".concepts article").nth(3)
    promised = int(re.search(r"(\d+) of 20", card.locator(".try").inner_text()).group(1))
    card.get_by_role("link", name=re.compile("Try")).click()
    page.wait_for_url("**/Steering?*")
    page.settle()
    eventually(page, lambda: page.get_by_text(f"{promised} new, {promised} out").count() == 1)
    page.go_back()
    page.settle()
    card.locator("li a").first.click()
    page.wait_for_url("**/Items?*")
    page.settle()
    assert_whole(page)
