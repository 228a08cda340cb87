"""Addresses: a run that is opened, a link, Back, reloading and a second tab show what they say."""

from urllib.parse import parse_qsl, quote, urlsplit

import pytest
from playwright.sync_api import expect

from explorer.ui.cache import DEMO_NAME, TREE_NAME
from tests.browser.conftest import assert_whole

_SHOWN = """name => [...document.querySelectorAll('[data-testid=stSidebar] input')].at(-1)?.value === name
  && decodeURIComponent(location.search.replaceAll('+', ' ')).includes('run=' + name)"""


def assert_run(page, name: str) -> None:
    """Picker and address say the run, and stay so."""
    page.wait_for_function(_SHOWN, arg=name)
    page.settle()
    assert page.evaluate(_SHOWN, name)
    assert_whole(page)


def asked(page) -> tuple[str, list]:
    """What the address asks for: the page, and the parameters with their values."""
    parts = urlsplit(page.url)
    return parts.path, sorted(parse_qsl(parts.query))


def open_run(page, name: str) -> None:
    """On the page of runs: choose a row and press Open."""
    page.get_by_role("grid").first.locator(".row", has_text=name).first.locator(".cell").nth(3).click()
    page.get_by_role("heading", name=name).first.wait_for()
    page.settle()
    page.get_by_test_id("stMain").get_by_role("link", name="Open", exact=True).click()
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
    page.go_back()
    page.get_by_role("heading", name=name, exact=True).wait_for()
    assert_run(page, DEMO_NAME)
    page.go_forward()
    assert_run(page, TREE_NAME)
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
    other.wait_for_function(_SHOWN, arg=DEMO_NAME)


def test_a_link_to_no_run_says_so_and_shows_the_built_in_one_until_another_is_chosen(address, open_page):
    page = open_page(f"{address}/Neurons?run=no-such-run")
    assert "no-such-run" in page.get_by_role("alert").inner_text().replace("\u2060", "")
    assert page.get_by_test_id("stSidebar").get_by_role("combobox").last.input_value() == DEMO_NAME
    page.get_by_test_id("stSidebar").get_by_role("combobox").last.click()
    page.get_by_role("option", name=TREE_NAME).click()
    assert_run(page, TREE_NAME)
    assert page.get_by_role("alert").count() == 0


def test_going_back_takes_one_press_from_every_page_and_shows_what_was_there(address, open_page):
    page = open_page(f"{address}/Neurons?run={quote(DEMO_NAME)}&neuron=17")
    bar = page.get_by_test_id("stSidebar")
    seen = [asked(page)]
    for name in ("Steering", "Hierarchy", "Neurons", "Train", "Start"):
        bar.get_by_role("link", name=name).click()
        title = "What has this recommender learned?" if name == "Start" else name
        page.get_by_role("heading", name=title, exact=True).wait_for()
        page.settle()
        bar.get_by_role("link", name=name).click()  # the link of the page itself changes nothing
        page.wait_for_timeout(300)
        page.settle()
        seen.append(asked(page))
    assert seen[3] == seen[0]
    assert len({path for path, _ in seen}) == 5
    for before in reversed(seen[:-1]):
        page.go_back()
        page.wait_for_function("path => location.pathname === path", arg=before[0])
        page.wait_for_timeout(300)
        page.settle()
        assert asked(page) == before
        if ("neuron", "17") in before[1]:
            page.wait_for_function("() => document.querySelector('h3')?.innerText.startsWith('17 ')")
    assert_whole(page)


def test_back_to_an_address_that_names_no_user_shows_the_user_that_was_there(address, open_page):
    page = open_page(f"{address}/Steering")
    user = page.get_by_test_id("stMain").get_by_role("combobox", name="User")
    before = user.input_value()
    assert "user=" not in page.url
    page.get_by_role("button", name="Random").click()
    page.wait_for_function("() => location.search.includes('user=')")
    page.settle()
    assert user.input_value().removeprefix("User ") in page.url and user.input_value() != before
    page.go_back()
    page.wait_for_function("() => !location.search.includes('user=')")
    page.settle()
    expect(user).to_have_value(before)
    assert_whole(page)
