"""Addresses: a run that is opened, a link, Back, reloading and a second tab show what they say."""

from urllib.parse import quote

import pytest

from explorer.ui.cache import DEMO_NAME, TREE_NAME
from tests.browser.conftest import assert_whole

_SHOWN = """name => [...document.querySelectorAll('[data-testid=stSidebar] input')].at(-1)?.value === name
  && decodeURIComponent(location.search.replaceAll('+', ' ')).includes('run=' + name)"""


def assert_run(page, name: str) -> None:
    """Picker and address say the run, and stay so."""
    page.wait_for_function(_SHOWN, arg=name, timeout=20_000)
    page.settle()
    assert page.evaluate(_SHOWN, name)
    assert_whole(page)


def open_run(page, name: str) -> None:
    """On the page of runs: choose a row and press Open."""
    page.get_by_role("grid").first.locator(".row", has_text=name).first.locator(".cell").nth(3).click()
    page.get_by_role("heading", name=name).first.wait_for()
    page.settle()
    page.get_by_test_id("stMain").get_by_test_id("stBaseButton-primary").click()
    page.get_by_role("heading", name="What has this recommender learned?").wait_for()
    page.settle()


@pytest.mark.parametrize("name", ["Hierarchy", "Runs"])
def test_open_works_from_an_address_with_a_run_twice_and_after_back(address, open_page, name):
    page = open_page(f"{address}/{name}?run={quote(DEMO_NAME)}")
    if name == "Hierarchy":
        page.get_by_role("button", name="Open the built-in run").click()
        page.wait_for_function("() => location.search.includes('two')")
    else:
        open_run(page, TREE_NAME)
    assert_run(page, TREE_NAME)
    for _ in range(3):  # a page that adds its neuron to the address is two steps of Back
        page.go_back()
        page.wait_for_timeout(1500)
        if page.evaluate(_SHOWN, DEMO_NAME):
            break
    assert_run(page, DEMO_NAME)
    for run in (TREE_NAME, DEMO_NAME):
        page.get_by_test_id("stSidebar").get_by_role("link", name="Runs").click()
        page.get_by_role("heading", name="Runs", exact=True).wait_for()
        page.settle()
        open_run(page, run)
        assert_run(page, run)
        page.reload()
        assert_run(page, run)
    other = page.context.new_page()
    other.goto(page.url)
    other.wait_for_function(_SHOWN, arg=DEMO_NAME, timeout=20_000)


def test_a_link_to_no_run_says_so_and_shows_the_built_in_one(address, open_page):
    page = open_page(f"{address}/Neurons?run=no-such-run")
    assert "no-such-run" in page.get_by_role("alert").inner_text().replace("\u2060", "")
    assert_run(page, DEMO_NAME)
