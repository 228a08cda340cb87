"""The steering page's address and exports, as a hand uses them: Back, reloading, a link for a colleague, files."""

from __future__ import annotations

import io
import json
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from playwright.sync_api import expect

from explorer.steering import Edit, steer
from tests.browser.conftest import address_says, assert_whole

WIDTHS = (390, 1280, 1920)


def ready(page) -> None:
    """The board is there and the server has confirmed its list."""
    expect(page.locator(".board .state")).to_have_text("✓ confirmed")
    page.settle()


@pytest.fixture
def steering(address, open_page):
    def open_(query: str, **kwargs):
        page = open_page(f"{address}/Steering?{query}", **kwargs)
        ready(page)
        return page

    return open_


def type_value(page, knob: int, value: str) -> None:
    """An exact value into the box beside a slider."""
    page.locator(".board input.number").nth(knob).fill(value)
    page.keyboard.press("Enter")
    address_says(page, f":{float(value)}")
    ready(page)


def asked(page) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


def rows(page) -> list[str]:
    """Titles from the top; the elements stand in another order while rows glide."""
    return page.evaluate(
        "(({rows}) => rows.entries.map(({row}) => rows.views.get(row).title.textContent))"
        "(globalThis[Symbol.for('explorer.board')].board)"
    )


def user(page):
    return page.get_by_test_id("stMain").get_by_role("combobox", name="User")


def test_releases_add_no_step_of_back_and_back_goes_to_the_person_before(steering):
    page = steering("user=7")
    length = page.evaluate("history.length")
    for value in ("-0.5", "0.9", "-1"):
        type_value(page, 0, value)
        assert asked(page)["edits"].endswith(f":{float(value)}")
    assert page.evaluate("history.length") == length
    of_seven, listed = asked(page), rows(page)
    page.get_by_role("button", name="Random").click()
    page.wait_for_function("() => new URLSearchParams(location.search).get('user') !== '7'")
    expect(user(page)).not_to_have_value("User 7")
    ready(page)
    assert asked(page)["edits"] == of_seven["edits"]
    assert page.evaluate("history.length") == length + 1
    type_value(page, 0, "1.5")
    page.go_back()
    expect(user(page)).to_have_value("User 7")
    ready(page)
    assert asked(page) == of_seven
    assert sorted(rows(page)) == sorted(listed)
    page.go_forward()
    page.wait_for_function("() => location.search.includes('1.5')")
    ready(page)
    assert_whole(page)


def test_the_setting_is_still_there_after_another_page_and_back(steering):
    page = steering("user=7")
    type_value(page, 0, "-0.5")
    before = asked(page)
    page.get_by_test_id("stSidebar").get_by_role("link", name="Neurons").click()
    page.get_by_role("heading", name="Neurons", exact=True).wait_for()
    page.settle()
    page.get_by_test_id("stSidebar").get_by_role("link", name="Steering").click()
    page.get_by_role("heading", name="Steering", exact=True).wait_for()
    ready(page)
    assert {name: asked(page)[name] for name in before} == before
    page.go_back()
    page.go_back()
    page.wait_for_function("() => location.pathname === '/Steering'")
    ready(page)
    assert asked(page) == before
    assert_whole(page)


def test_the_link_of_the_page_itself_changes_nothing(steering):
    page = steering("user=7&edits=3:0.7")
    length, before, listed = page.evaluate("history.length"), asked(page), rows(page)
    for _ in range(2):
        page.get_by_test_id("stSidebar").get_by_role("link", name="Steering").click()
        page.wait_for_timeout(500)
        ready(page)
        assert asked(page) == before and sorted(rows(page)) == sorted(listed)
    type_value(page, 0, "-0.5")
    assert asked(page)["edits"] != before["edits"]
    assert page.evaluate("history.length") == length
    assert_whole(page)


def test_a_part_of_the_page_is_in_the_address_and_is_one_step_of_back(steering):
    page = steering("user=7")
    page.get_by_text("Experiments", exact=True).click()
    page.wait_for_function("() => location.search.includes('view=experiment')")
    page.settle()
    page.reload()
    page.settle()
    expect(page.locator(".board")).to_have_count(0)
    page.go_back()
    page.wait_for_function("() => !location.search.includes('view=')")
    ready(page)
    assert_whole(page)


def test_the_copied_link_shows_the_same_to_a_colleague_who_has_seen_nothing_yet(steering, open_page):
    page = steering("")  # the address says neither run nor user
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    type_value(page, 1, "-0.75")
    page.get_by_role("button", name="Copy link").click()
    page.get_by_role("button", name="Link copied").wait_for()
    link = page.evaluate("navigator.clipboard.readText()")
    assert {"run", "user", "edits", "of"} <= set(parse_qs(urlsplit(link).query))
    other = open_page(link)
    ready(other)
    assert rows(other) == rows(page) and user(other).input_value() == user(page).input_value()
    assert_whole(other)


def test_the_link_can_be_copied_where_a_browser_gives_no_clipboard(steering):
    page = steering("user=7")
    page.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    page.evaluate("document.execCommand = what => (window.copied = [what, document.activeElement.value], true)")
    page.get_by_role("button", name="Copy link").click()
    page.get_by_role("button", name="Link copied").wait_for()
    what, link = page.evaluate("window.copied")
    assert what == "copy" and "user=7" in link


def export(page, name: str) -> bytes:
    with page.expect_download() as download:
        page.get_by_role("button", name=name).click()
    with open(download.value.path(), "rb") as file:  # noqa: PTH123
        return file.read()


def test_what_is_downloaded_after_a_release_is_what_is_shown(steering, demo_run):
    page = steering("user=7")
    type_value(page, 0, "-0.5")
    neuron, _, value = asked(page)["edits"].partition(":")
    page.get_by_role("button", name="Export").click()
    record = json.loads(export(page, "JSON"))
    lists = steer(demo_run, demo_run.dataset.user_row(7), [Edit(int(neuron), "set", float(value))])
    assert record["person"] == {"user_id": lists.user_id}
    assert [row["item_id"] for row in record["steered"]] == lists.steered["item_id"].tolist()
    page.get_by_text("Steered embeddings of many users").click()
    page.settle()
    with np.load(io.BytesIO(export(page, "Download")), allow_pickle=False) as file:
        assert file["embeddings"].shape == demo_run.recommender.user_embeddings.shape
        assert json.loads(str(file["about"]))["setting"]["edits"][0]["value"] == -0.5
    assert_whole(page)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_exported_page_needs_nothing_and_fits(steering, browser, tmp_path, theme):
    page = steering("user=7", theme=theme)
    type_value(page, 0, "-0.5")
    page.get_by_role("button", name="Export").click()
    file = tmp_path / "list.html"
    file.write_bytes(export(page, "Web page"))
    with browser.new_context(color_scheme=theme, offline=True) as context:
        alone, asked_for = context.new_page(), []
        alone.on("request", lambda request: asked_for.append(request.url))
        alone.on("pageerror", lambda error: asked_for.append(str(error)))
        alone.goto(file.as_uri())
        assert asked_for == [file.as_uri()]
        dark = alone.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(17, 22, 29)"
        assert dark == (theme == "dark")
        assert alone.locator("section").nth(1).locator("tbody tr").count() == 20
        for width in WIDTHS:
            alone.set_viewport_size({"width": width, "height": 800})
            assert alone.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_of_the_page_lies_beside_the_window(steering, width):
    page = steering("user=7&edits=3:0.7")
    page.set_viewport_size({"width": width, "height": 900})
    page.settle()
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= width
    for name in ("Copy link", "Export"):
        box = page.get_by_role("button", name=name).bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= width
    assert_whole(page)
