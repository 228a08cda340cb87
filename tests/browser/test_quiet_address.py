"""An address that is replaced while a slider is released, and what Back, reloading and a second tab make of it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import serve

APP = """
import streamlit as st
from explorer.ui.address import all_asked_for, asked_for, begin_address, keep_address, show_address, write_address

begin_address("page")
state = st.session_state
state["_page"] = "page"
asked = all_asked_for(["edits"])
if asked is not None:
    state["edits"] = asked.get("edits", "")
user = asked_for("user", lambda text: text if text in "abc" else None, key="user")
if user is not None:
    state["user"] = user
user = st.radio("User", list("abc"), key="user")
keep_address("user", user, "user")


def more():
    state["edits"] += "1"


def moved():
    state["edits"] = str(state["slider"])


@st.fragment
def board():
    st.button("More", on_click=more)
    st.slider("Slider", 0, 100, key="slider", on_change=moved)
    st.write("edits: " + state["edits"] + ".")
    show_address({"edits": state["edits"]}, quiet=["edits"])


board()
st.button("Outside", on_click=more)
write_address("page")
"""


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    script = tmp_path_factory.mktemp("app") / "app.py"
    script.write_text(APP)
    with serve(script, {}) as address:
        yield address


def says(page, edits: str, address: str) -> None:
    """What the page shows, and what stands in the browser's address."""
    expect(page.get_by_text(f"edits: {edits}.", exact=True)).to_be_visible()
    page.wait_for_function("wanted => location.search === wanted", arg=address)
    page.settle()


def press(page, button: str) -> None:
    page.get_by_role("button", name=button).click()


def test_a_quiet_change_is_in_the_address_at_once_and_is_no_step_of_back(small, open_page):
    page = open_page(f"{small}/?user=b")
    says(page, "", "?user=b")
    length = page.evaluate("history.length")
    for n in range(1, 4):
        press(page, "More")
        says(page, "1" * n, f"?user=b&edits={'1' * n}")
    press(page, "Outside")
    says(page, "1111", "?user=b&edits=1111")
    press(page, "More")
    says(page, "11111", "?user=b&edits=11111")
    assert page.evaluate("history.length") == length
    page.get_by_text("c", exact=True).click()
    says(page, "11111", "?user=c&edits=11111")
    press(page, "More")
    says(page, "111111", "?user=c&edits=111111")
    assert page.evaluate("history.length") == length + 1
    page.go_back()
    says(page, "11111", "?user=b&edits=11111")
    page.go_forward()
    says(page, "111111", "?user=c&edits=111111")
    page.reload()
    says(page, "111111", "?user=c&edits=111111")
    other = page.context.new_page()
    other.goto(page.url)
    expect(other.get_by_text("edits: 111111.", exact=True)).to_be_visible()


def test_changes_that_follow_fast_end_in_the_address_of_the_last_one(small, open_page):
    page = open_page(f"{small}/?user=a")
    length = page.evaluate("history.length")
    page.get_by_role("slider").focus()
    for n in range(30):
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(n * 10)
    says(page, "30", "?user=a&edits=30")
    assert page.evaluate("history.length") == length
    page.reload()
    says(page, "30", "?user=a&edits=30")
