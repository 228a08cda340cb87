"""The views of one item and of experiments in a browser: keyboard, address, F5, and nothing from elsewhere."""

from __future__ import annotations

import re

from playwright.sync_api import expect

SENTENCE = "[data-testid=stMarkdown] strong"


def sentence(page) -> str:
    return page.locator(SENTENCE).first.inner_text()


def test_a_slider_moved_by_keys_changes_the_reach_and_survives_f5(open_page, address):
    page = open_page(f"{address}/Steering?view=item")
    before = sentence(page)
    assert re.match(r"In the lists of [\d,]+ of [\d,]+ users", before)
    slider = page.get_by_role("slider").first
    slider.focus()
    for _ in range(12):
        page.keyboard.press("ArrowRight")
    page.wait_for_function("([css, old]) => document.querySelector(css).innerText !== old", arg=[SENTENCE, before])
    page.settle()
    page.wait_for_url(re.compile("item_edits="))
    after = sentence(page)
    assert "the same" in after or "instead of" in after
    page.reload()
    expect(page.locator(SENTENCE).first).to_have_text(after, use_inner_text=True)
    assert not page.faults and not page.foreign


def test_another_item_is_a_step_of_back(open_page, address):
    page = open_page(f"{address}/Steering?view=item")
    box = page.locator(".st-key-item-choices [data-testid=stSelectbox]").first
    before = page.title()
    box.locator("input").click()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("item="))
    page.settle()
    expect(page).not_to_have_title(before)
    page.go_back()
    expect(page).to_have_title(before)
    assert not page.faults


def test_an_experiment_of_an_address_runs_is_shown_and_is_the_same_after_f5(open_page, address):
    asked = "view=experiment&experiment=nudge&target=5&sample=30&doses=1"
    page = open_page(f"{address}/Steering?{asked}", idle=False)
    page.wait_for_selector("[data-testid=stPlotlyChart]")
    page.settle()
    said = page.locator("[data-testid=stMarkdown]", has_text="At 1,").inner_text()
    page.reload()
    page.wait_for_selector("[data-testid=stPlotlyChart]")
    page.settle()
    expect(page.locator("[data-testid=stMarkdown]", has_text="At 1,")).to_have_text(said, use_inner_text=True)
    assert not page.faults and not page.foreign
