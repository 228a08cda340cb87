"""A selection in a browser: from the address to Steering and to the audit and back, compared, and cleared."""

from __future__ import annotations

import re

import numpy as np
import pytest
from playwright.sync_api import expect

from explorer.browse.selection import describe_selection
from explorer.browse.steer_toward import steer_toward
from explorer.maps.selection import selection_of_rows
from explorer.maps.selection_store import store_selection
from explorer.ui.cache import DEMO_NAME
from tests.browser.conftest import ROOT, address_says, assert_whole, eventually, grave_faults, serve


@pytest.fixture(scope="module")
def place(tmp_path_factory, demo_run):
    """The dashboard with two stored selections of the built-in run: its address, their ids, the first one's neurons."""
    folder = tmp_path_factory.mktemp("selections")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EXPLORER_RUNS", str(folder / "runs"))
        ids = []
        for genre in ("Horror", "Music"):
            rows = np.flatnonzero(demo_run.dataset.genre_matrix[:, demo_run.dataset.genres.index(genre)])
            ids.append(store_selection(demo_run, selection_of_rows(item=rows)))
            if genre == "Horror":
                neurons = describe_selection(demo_run, selection_of_rows(item=rows)).neurons()
    with serve(ROOT / "app.py", {"EXPLORER_RUNS": str(folder / "runs"), "EXPLORER_DATA": str(folder)}) as address:
        yield f"{address}/Hierarchy?run={DEMO_NAME.replace(' ', '+')}&view=map&map=items", ids, neurons


def test_it_is_steered_toward_twice_with_exactly_its_sliders_and_back_leads_to_it(place, open_page, demo_run):
    address, (horror, _), neurons = place
    page = open_page(f"{address}&selection={horror}")
    expected = steer_toward(demo_run, neurons)
    wanted = pytest.approx([edit.value for edit in expected.edits], abs=0.02)
    sliders = page.locator(".board input[type=range]")
    for _ in range(2):
        page.get_by_role("link", name="Steer toward this").click()
        page.get_by_role("heading", name="Steering", exact=True).wait_for()
        expect(sliders).to_have_count(len(expected.neurons))
        # The sliders stand at their usual places for a moment, on a busy machine for longer.
        eventually(page, lambda: [float(one.input_value()) for one in sliders.all()] == wanted)
        page.settle()
        assert_whole(page)
        page.go_back()
        expect(page.get_by_text("Horror is found only here", exact=False).first).to_be_visible()
        page.settle()
        address_says(page, f"selection={horror}")


def test_its_concepts_are_sent_to_the_audit_and_a_choice_in_its_table_is_marked(place, open_page):
    address, (horror, _), neurons = place
    page = open_page(f"{address}&selection={horror}")
    page.get_by_text("significantly more frequent here", exact=False).wait_for()
    row = page.get_by_label("Concepts of the selection").get_by_text(f"{neurons[1]} ").first
    row.locator("xpath=ancestor::*[@role='row'][1]").click(position={"x": 300, "y": 8})
    address_says(page, f"neuron={neurons[1]}")
    page.settle()
    assert not [fault for fault in grave_faults(page) if "selection" in fault.lower()]
    page.get_by_role("link", name="Send to the audit queue").click()
    page.get_by_placeholder("your name").fill("Ann")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name=f"Sent from the map ({len(neurons)})")).to_be_visible()
    page.settle()
    assert_whole(page)


def test_another_is_opened_from_the_list_and_both_are_compared(place, open_page):
    address, (horror, music), _ = place
    page = open_page(f"{address}&selection={horror}")
    page.locator(".st-key-hierarchy-selection-compare button").first.click()
    page.get_by_test_id("stPopoverBody").get_by_role("button", name=re.compile("Music")).click()
    expect(page.get_by_text("Music (none of A, 100% of B)", exact=False)).to_be_visible()
    address_says(page, f"with={music}")
    page.get_by_role("button", name="Swap").click()
    address_says(page, f"selection={music}")
    address_says(page, f"with={horror}")
    page.reload()
    expect(page.get_by_text("Music (100% of A, none of B)", exact=False)).to_be_visible()
    page.get_by_role("button", name="Clear").last.click()
    expect(page.get_by_text("Nothing is selected", exact=False)).to_be_visible()
    page.settle()
    assert_whole(page)
