"""The map of the Hierarchy page: drawn whole, hovered, clicked, searched, filtered, drawn around, walked with keys, and
saved as what it says."""

from __future__ import annotations

import json
import re
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PIL import Image

from tests.browser.conftest import address_says, assert_whole, eventually, grave_faults

TREE = "run=demo+in+two+levels+%28built+in%29"
DEMO = "run=demo+%28built+in%29"


@pytest.fixture
def open_map(open_page, address):
    """Open the page of maps; returns it with `.map`, which evaluates a script of the map's view `v`."""

    def open_(query: str, theme: str = "light", size: tuple[int, int] = (1280, 900)):
        page = open_page(f"{address}/Hierarchy?{query}", theme)
        page.set_viewport_size({"width": size[0], "height": size[1]})
        page.settle()
        page.locator(".map[data-drawn]").wait_for()
        page.map = lambda script, given=None: page.locator(".map").evaluate(
            f"(m, given) => {{ const v = m.view; {script} }}", given
        )
        eventually(page, lambda: page.map("return Boolean(v.words)"))
        return page

    return open_


def place(page, point: int) -> tuple[float, float]:
    """Where a point is in the window."""
    return tuple(
        page.map(
            "const b = v.canvas.getBoundingClientRect(), [x, y] = v.at(given); return [b.left + x, b.top + y]", point
        )
    )


def seen(page) -> dict:
    return page.map("return v.camera.seen()")


def test_the_names_of_groups_touch_neither_each_other_nor_the_edge(open_map):
    page = open_map(f"{DEMO}&view=map&map=items")
    finer = []
    for zoom in (1, 2.5, 8):
        page.map("v.camera.see({ x: 0, y: 0, zoom: given }); v.draw(true)", zoom)
        boxes = page.map("return v.placed")
        width, height = page.map("return [v.camera.width, v.camera.height]")
        for i, a in enumerate(boxes):
            assert 0 <= a["left"] <= a["right"] <= width and 0 <= a["top"] <= a["bottom"] <= height
            assert a["size"] >= 11
            for b in boxes[:i]:
                beside = a["left"] >= b["right"] or b["left"] >= a["right"]
                assert beside or a["top"] >= b["bottom"] or b["top"] >= a["bottom"], (a, b)
        finer.append(page.map("return v.placed.filter(l => l.group).map(l => l.text)"))
    assert finer[0] and set(finer[0]) != set(finer[1])
    assert page.map("return getComputedStyle(v.canvas).width") == f"{width}px"
    assert page.map("return Math.round(innerHeight - m.getBoundingClientRect().bottom)") < 100
    assert_whole(page)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_point_tells_what_it_is_and_a_click_on_a_neuron_chooses_it_at_once(open_map, theme):
    page = open_map(f"{TREE}&view=map&map=neurons", theme)
    before = page.map("return v.picture.chosen")
    point = page.map(
        "return [...v.points.row.keys()].find(i => v.points.row[i] !== given && v.pointAt(...v.at(i), 0) === i)", before
    )
    page.mouse.move(*place(page, point))
    name = page.map("return v.words.names[given]", point)
    card = page.locator(".map .card")
    card.wait_for()
    assert name in card.inner_text() and "Click to choose it" in card.inner_text()
    page.mouse.click(*place(page, point))
    neuron = page.map("return v.points.row[given]", point)
    assert page.map("return v.picture.chosen") == neuron  # the browser knows before the server does
    assert name in page.locator(".map .said").inner_text()
    address_says(page, f"neuron={neuron}")
    page.settle()
    assert page.map("return [v.picture.chosen, v.rings()[0].i]") == [neuron, point]
    assert grave_faults(page) == []
    assert_whole(page)


def test_the_search_flies_to_a_point_and_a_click_keeps_its_card_with_a_link_to_its_page(open_map):
    page = open_map(f"{DEMO}&view=map&map=items")
    title = page.map("return v.words.names[7]")
    page.get_by_role("combobox", name="Find a point on the map").fill(title.upper())
    page.keyboard.press("Enter")
    eventually(page, lambda: seen(page)["zoom"] >= 5.99)
    point = page.map("return v.marked")
    assert page.map("return v.words.names[given]", point) == title and title in page.locator(".said").inner_text()
    x, y = page.map("const [x, y] = v.at(v.marked); return [x / v.camera.width, y / v.camera.height]")
    assert (x, y) == pytest.approx((0.5, 0.5), abs=0.01)
    page.mouse.click(*place(page, point))
    link = page.locator(".map .card.pinned a")
    assert re.match(r"Items\?.*item=\w+$", link.get_attribute("href"))
    link.click()
    page.wait_for_url("**/Items?**")


def test_the_legend_hides_a_facet_or_shows_it_alone_by_mouse_and_by_keyboard(open_map):
    page = open_map(f"{DEMO}&view=map&map=items")
    drawn = "return v.style.reduce((sum, style) => sum + (style !== 255), 0)"
    n, entries = page.map("return v.points.n"), page.locator(".map .entry")
    first, count = entries.first, int(entries.first.locator("small").inner_text().replace(",", ""))
    assert page.map(drawn) == n
    first.click()
    assert page.map(drawn) == n - count and first.get_attribute("aria-pressed") == "false"
    page.get_by_role("button", name="Show all").click()
    first.dblclick()
    assert page.map(drawn) == count
    page.get_by_role("button", name="Show all").click()
    first.focus()
    page.keyboard.press("Space")
    assert page.map(drawn) == n - count


def test_keys_move_and_zoom_the_map(open_map):
    page = open_map(f"{DEMO}&view=map&map=items")
    page.locator(".map canvas[role=application]").focus()
    start = seen(page)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowUp")
    moved = seen(page)
    assert moved["x"] > start["x"] and moved["y"] > start["y"] and moved["zoom"] == pytest.approx(start["zoom"])
    page.keyboard.press("+")
    assert seen(page)["zoom"] == pytest.approx(1.25 * start["zoom"])
    page.keyboard.press("0")
    eventually(page, lambda: seen(page) == pytest.approx(start, abs=1e-6))


def test_escape_leaves_the_filled_window_from_the_map_and_from_a_button(open_map):
    page = open_map(f"{DEMO}&view=map&map=items")
    filled = "return m.classList.contains('filled') && m.offsetWidth === innerWidth"
    page.get_by_role("button", name="Draw a box around points").click()
    for focus in (None, page.get_by_role("button", name="Zoom in")):
        page.get_by_role("button", name="Fill the window").click()
        eventually(page, lambda: page.map(filled))
        if focus is not None:
            focus.focus()
        page.keyboard.press("Escape")
        eventually(page, lambda: not page.map("return m.classList.contains('filled')"))
    assert page.map("return v.tool") == "box"
    assert_whole(page)


def drag(page, corners, keys=()):
    box = page.locator(".map canvas[role=application]").bounding_box()
    for key in keys:
        page.keyboard.down(key)
    page.mouse.move(box["x"] + corners[0][0], box["y"] + corners[0][1])
    page.mouse.down()
    for x, y in corners[1:]:
        page.mouse.move(box["x"] + x, box["y"] + y, steps=4)
    page.mouse.up()
    for key in keys:
        page.keyboard.up(key)


CHOSEN = "return v.selected ? [...v.selected.keys()].filter(i => v.selected[i]) : []"


def test_what_is_drawn_around_is_selected_survives_f5_and_stands_out_on_another_map(open_map):
    page = open_map(f"{DEMO}&view=map&map=items")
    width, height = page.map("return [v.camera.width, v.camera.height]")
    half = [(2, 2), (width / 2, 2), (width / 2, height - 2), (2, height - 2), (2, 4)]
    drag(page, half, ["Shift"])
    chosen = page.map(CHOSEN)
    inside = page.map("return [...v.points.x.keys()].filter(i => v.at(i)[0] < v.camera.width / 2)")
    assert 0 < len(chosen) < page.map("return v.points.n") and set(chosen) <= set(inside)
    assert f"{len(chosen):,} points are selected" in page.locator(".map .said").inner_text()
    address_says(page, "selection=")
    page.settle()
    page.reload()
    page.locator(".map[data-drawn]").wait_for()
    eventually(page, lambda: page.map(CHOSEN) == chosen)
    rows = page.map("return given.map(i => v.points.row[i])", chosen)
    page.goto(page.url.replace("map=items", "map=together"))
    page.locator(".map[data-drawn]").wait_for()
    eventually(page, lambda: len(page.map(CHOSEN)) == len(chosen))
    assert page.map("return given.map(i => v.points.row[i])", page.map(CHOSEN)) == rows
    page.get_by_role("button", name="Clear the selection").click()
    page.wait_for_function("!location.search.includes('selection=')")
    assert_whole(page)


def test_alt_takes_points_away_and_the_legend_and_the_level_keep_theirs(open_map):
    page = open_map(f"{TREE}&view=map&map=neurons&levels=1")
    shown = page.map("return [...v.style.keys()].filter(i => v.style[i] !== 255)")
    assert 0 < len(shown) < page.map("return v.points.n")
    width, height = page.map("return [v.camera.width, v.camera.height]")
    page.get_by_role("button", name="Draw a box around points").click()
    drag(page, [(12, 12), (width - 12, height - 12)])
    assert page.map(CHOSEN) == shown
    address_says(page, "selection=")
    page.settle()  # the selection stands beside the map now, which is narrower
    width, height = page.map("return [v.camera.width, v.camera.height]")
    left = [i for i in shown if page.map("return v.at(given)[0] > v.camera.width / 2", i)]
    drag(page, [(12, 12), (width / 2, height - 12)], ["Alt"])
    assert page.map(CHOSEN) == left


def test_the_saved_files_are_what_they_say_and_titles_in_them_are_data(open_map, open_page, tmp_path):
    page = open_map(f"{DEMO}&view=map&map=items")
    title = '</script><img src=x onerror="alert(1)"> & ימין 🎬'
    page.map("v.words.names[0] = given; v.picture.title = given; v.legend.alone(v.legend.names[0])", title)
    page.map("v.camera.see({ x: 0.1, y: 0.1, zoom: 2 })")
    files = {}
    for form in ("PNG", "SVG", "HTML"):
        page.get_by_role("button", name="Save the map", exact=True).click()
        with page.expect_download() as saved:
            page.get_by_role("button", name=form).click()
        files[form] = Path(saved.value.path()).read_bytes()
        assert saved.value.suggested_filename.endswith(f"-items.{form.lower()}")
    picture = Image.open(BytesIO(files["PNG"]))
    assert picture.width > 2 * page.map("return v.camera.width") and len(picture.resize((60, 60)).getcolors(3600)) > 20
    drawing = ElementTree.fromstring(files["SVG"])
    texts = ["".join(text.itertext()) for text in drawing.iter("{http://www.w3.org/2000/svg}text")]
    assert title in texts and any(text.startswith("PCA of") or text.startswith("UMAP of") for text in texts)
    (tmp_path / "map.html").write_bytes(files["HTML"])
    alone = open_page((tmp_path / "map.html").as_uri(), idle=False)
    alone.locator(".map[data-drawn]").wait_for()
    assert alone.title() == title and alone.locator("h1").inner_text() == title
    same = "m => [m.view.points.n, [...m.view.legend.hidden], m.view.words.names[0], m.view.camera.seen().zoom]"
    assert alone.locator(".map").evaluate(same) == page.locator(".map").evaluate(same)
    box = alone.locator(".map canvas[role=application]").bounding_box()
    alone.mouse.move(box["x"] + 300, box["y"] + 200)
    alone.mouse.wheel(0, -300)
    eventually(alone, lambda: alone.locator(".map").evaluate("m => m.view.camera.zoom") > 2.1)
    assert alone.faults == [] and len(json.dumps(alone.foreign)) < 200


def test_on_a_phone_the_map_fits_and_a_tap_tells_what_a_point_is(open_map):
    page = open_map(f"{DEMO}&view=map&map=items", "dark", (390, 844))
    assert page.map("return m.getBoundingClientRect().right") <= 390 and page.map("return m.offsetHeight") >= 420
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.map("return v.camera.height") >= 240
    page.map("v.canvas.scrollIntoView({ block: 'center' })")
    point = page.map("return v.pointAt(v.camera.width / 2, v.camera.height / 2, 400)")
    page.map("const [x, y] = v.at(given); v.click(x, y, true)", point)
    card = page.locator(".map .card.pinned")
    assert page.map("return v.words.names[v.pinned]") in card.inner_text()
    inside = card.bounding_box()
    assert inside["x"] >= 0 and inside["x"] + inside["width"] <= 390
    assert_whole(page)


def test_all_hits_of_the_search_are_selected_by_keyboard(open_map):
    page = open_map(f"{DEMO}&view=map&map=items")
    words = page.map("return v.words.names[7]")[:3]
    script = (
        "return [...v.words.names.keys()].filter(i => v.words.names[i].toLowerCase().includes(given.toLowerCase()))"
    )
    hits = page.map(script, words)
    page.get_by_role("combobox", name="Find a point on the map").fill(words)
    page.get_by_role("button", name=re.compile("^Select the .*hit")).wait_for()
    assert grave_faults(page) == []
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.map(CHOSEN) == hits
    address_says(page, "selection=")
    page.settle()
    assert_whole(page)
