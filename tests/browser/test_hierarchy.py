"""The Hierarchy page by hand: the tree, the map, and what a click on either does."""

from __future__ import annotations

import json
import re

import pytest

from explorer.ui.cache import TREE_NAME, TREE_RUN
from tests.browser.conftest import assert_whole

PAGE = f"Hierarchy?run={TREE_NAME.replace(' ', '+')}"


def concept(page) -> str:
    return page.get_by_role("combobox", name="Concept").input_value()


def sector(page, number: int):
    return page.locator(".sunburstlayer path.surface").nth(number)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_tree_the_map_and_every_tab_are_there_in_each_theme(address, open_page, theme):
    page = open_page(f"{address}/{PAGE}", theme)
    page.locator(".sunburstlayer path.surface").first.wait_for()
    assert page.locator(".sunburstlayer path.surface").count() > 40
    assert page.get_by_text("UMAP of 64 neurons").count() == 1
    for tab, shown in {
        "A user, level by level": "Dictionary cut after",
        "Parents": "Every later neuron with its best candidate",
        "Selected points": "Nothing is selected",
        "Levels": "falls from level to level",
    }.items():
        page.get_by_role("tab", name=tab).click()
        page.get_by_text(shown).first.wait_for()
        page.settle()
        assert_whole(page)


def test_a_click_in_the_tree_chooses_a_concept_and_shows_its_relatives(address, open_page):
    page = open_page(f"{address}/{PAGE}&neuron=0")
    before = concept(page)
    sector(page, 4).click()
    page.wait_for_function(
        "before => [...document.querySelectorAll('input[role=combobox]')].every(box => box.value !== before)",
        arg=before,
    )
    page.settle()
    number = concept(page).split()[0]
    assert number.isdecimal()
    page.get_by_text("Children", exact=True).wait_for()
    page.get_by_role("link", name="Open the neuron").click()
    page.get_by_role("heading", name="Neurons", exact=True).wait_for()
    assert f"neuron={number}" in page.url


def test_every_kind_of_map_is_drawn_and_coloured(address, open_page):
    page = open_page(f"{address}/{PAGE}")
    for kind, points in {"Films": "UMAP of 720 items", "Users and films": "720 items and 1,600 users"}.items():
        page.get_by_role("combobox", name="Map of").click()
        page.get_by_role("option", name=kind, exact=True).click()
        page.get_by_text(points).first.wait_for()
        page.settle()
        assert_whole(page)
    page.get_by_role("combobox", name="Colour").click()
    page.get_by_role("option", name="Activation of the chosen neuron").click()
    page.settle()
    assert_whole(page)


def test_points_are_found_by_name_and_taken_away(address, open_page, tmp_path):
    page = open_page(f"{address}/{PAGE}")
    page.get_by_role("tab", name="Selected points").click()
    page.get_by_role("textbox", name="Search the map by name").fill("cyberpunk")
    page.keyboard.press("Enter")
    page.get_by_text("on the map of neurons", exact=False).first.wait_for()
    page.settle()
    with page.expect_download() as caught:
        page.get_by_test_id("stBaseButton-secondary").filter(has_text="CSV").click()
    caught.value.save_as(tmp_path / "points.csv")
    lines = (tmp_path / "points.csv").read_text().splitlines()
    assert len(lines) > 1 and all("Cyberpunk" in line for line in lines[1:])


def test_points_drawn_around_on_the_map_are_listed(address, open_page):
    page = open_page(f"{address}/{PAGE}")
    chart = page.get_by_test_id("stPlotlyChart").nth(1)
    chart.locator(".gl-canvas").first.wait_for(state="attached")
    chart.hover()
    chart.locator(".modebar-btn[data-title='Box Select']").click()
    box = chart.locator(".nsewdrag").first.bounding_box()
    page.mouse.move(box["x"] + 0.2 * box["width"], box["y"] + 0.2 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.6 * box["width"], box["y"] + 0.8 * box["height"], steps=8)
    page.mouse.up()
    page.settle()
    page.get_by_role("tab", name="Selected points").click()
    page.get_by_text(re.compile(r"^\d+ on the map of neurons")).wait_for()
    page.settle()
    assert_whole(page)


@pytest.mark.parametrize(("form", "start"), [("PNG", b"\x89PNG"), ("SVG", b"<?xml"), ("HTML", b"<!doctype html>")])
def test_the_map_is_saved_as_a_picture_and_as_a_page(address, open_page, tmp_path, form, start):
    page = open_page(f"{address}/{PAGE}")
    page.get_by_role("button", name="Save the map").click()
    with page.expect_download() as caught:
        page.get_by_test_id("stPopoverBody").get_by_role("button", name=form).click()
    caught.value.save_as(tmp_path / "map")
    assert (tmp_path / "map").read_bytes()[:20].lstrip().lower().startswith(start.lower())


def test_a_level_shows_the_list_of_its_first_neurons(address, open_page):
    page = open_page(f"{address}/{PAGE}")
    page.get_by_role("tab", name="A user, level by level").click()
    page.get_by_text("Rebuilt from the first 64 neurons").wait_for()
    page.get_by_role("slider").first.focus()
    page.keyboard.press("ArrowLeft")
    page.get_by_text("Rebuilt from the first 10 neurons").wait_for()
    page.settle()
    assert_whole(page)


def test_the_built_in_maps_are_complete():
    for kind in ("neurons", "items", "together"):
        assert json.loads((TREE_RUN / "maps" / f"{kind}.json").read_text())["about"]["method"] == "umap"
