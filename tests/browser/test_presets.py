"""Sliders and presets, chosen by hand and by keyboard."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import address_says, assert_whole


@pytest.fixture
def steering(address, open_page):
    def open_(query: str, **kwargs):
        page = open_page(f"{address}/Steering?{query}", **kwargs)
        ready(page)
        return page

    return open_


def ready(page) -> None:
    expect(page.locator(".board .state")).to_have_text("✓ confirmed")
    page.settle()


def asked(page) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


def preset(page, name: str):
    return page.locator(".st-key-presets button", has_text=name).first


def test_a_preset_is_applied_undone_and_there_again_after_reloading(steering):
    page = steering("user=7")
    preset(page, "Older").click()
    page.wait_for_function("() => location.search.includes('edits=')")
    ready(page)
    edits = asked(page)["edits"]
    expect(page.locator('.board [data-move="new"]')).not_to_have_count(0)
    page.reload()
    address_says(page, edits)
    ready(page)
    preset(page, "Newer").click()
    page.wait_for_function("before => !decodeURIComponent(location.search).includes(before)", arg=edits)
    ready(page)
    page.get_by_role("button", name="Undo").click()
    address_says(page, edits)


def test_a_preset_of_ones_own_is_saved_and_applied_to_another_user_with_its_name_as_it_is(steering):
    name = "<img src=x onerror=window.hacked=1>"
    page = steering("user=7")
    preset(page, "Older").click()
    page.wait_for_function("() => location.search.includes('edits=')")
    ready(page)
    edits = asked(page)["edits"]
    page.get_by_role("button", name="Own presets").click()
    page.get_by_placeholder("a name").fill(name)
    page.keyboard.press("Enter")
    page.settle()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(preset(page, "onerror")).to_have_text(name)
    page.goto(page.url.split("?")[0] + "?user=9")
    ready(page)
    preset(page, "onerror").click()
    address_says(page, f"edits={edits}")
    assert page.evaluate("window.hacked") is None
    page.get_by_role("button", name="Own presets").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.locator(".st-key-presets button", has_text="onerror")).to_have_count(0)


def test_a_search_pins_what_it_finds_to_the_board(steering):
    page = steering("user=7")
    page.get_by_role("button", name="Find sliders").click()
    page.get_by_placeholder("a word of a name").fill("horror")
    page.keyboard.press("Enter")
    page.locator("[data-testid=stPopoverBody] button", has_text="Horror · name").first.click()
    page.wait_for_function("() => location.search.includes('pins=Horror')")
    ready(page)
    expect(page.locator(".board label.name").first).to_have_text("Horror")


@pytest.mark.parametrize("width", [390, 1280, 1920])
def test_the_presets_fit_the_page(steering, width):
    page = steering("user=7")
    page.set_viewport_size({"width": width, "height": 900})
    page.settle()
    assert_whole(page)
    expect(preset(page, "Less popular")).to_be_visible()
    assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")


def test_a_preset_is_chosen_by_keyboard_alone(steering):
    page = steering("user=7")
    preset(page, "Older").focus()
    page.keyboard.press("Enter")
    page.wait_for_function("() => location.search.includes('edits=')")
