"""Titles, genres and names are data: they show verbatim, load nothing and run nothing."""

import csv
import shutil

import pytest

from explorer.config import load_config
from explorer.runs import save_run, train_run, write_note
from tests.browser.conftest import ROOT, assert_whole, serve
from tests.conftest import TINY

STRANGE = [
    "M*A*S*H (1970)",
    "<img src=x onerror=alert(1)>",
    "# x",
    ":smile:",
    ":red[x]",
    "![t](http://127.0.0.1:9/t.png)",
    "[l](http://127.0.0.1:9/)",
    "$a^2$ and $b$",
    "1. x",
    "12. x",
    "- x",
    "> q",
    "`c`",
    "~~s~~",
    "&lt;b&gt;",
    "www.example.com",
    "a@example.com",
    "a -> b <- c -- d >= e",
    "\\*x\\*",
    "---",
    "|a|b|",
    "Children's",
]


@pytest.fixture(scope="module")
def strange_run(demo_folder, tmp_path_factory):
    """A runs folder with one run whose titles and genres are all strange."""
    source = tmp_path_factory.mktemp("data") / "strange"
    source.mkdir()
    people = {}  # every user has a picture for a name
    with (demo_folder / "interactions.csv").open() as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row["user_id"] = people.setdefault(row["user_id"], f"![{len(people)}](http://127.0.0.1:9/u.png)")
    with (source / "interactions.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    with (demo_folder / "items.csv").open() as file:
        items = list(csv.DictReader(file))
    genres = sorted({genre for item in items for genre in item["genres"].split("|")})
    renamed = {genre: f"{i} {STRANGE[i % len(STRANGE)]}".replace("|", "/") for i, genre in enumerate(genres)}
    for i, item in enumerate(items):
        item["title"] = STRANGE[i % len(STRANGE)]
        item["genres"] = "|".join(renamed[genre] for genre in item["genres"].split("|"))
    with (source / "items.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, items[0])
        writer.writeheader()
        writer.writerows(items)
    runs = tmp_path_factory.mktemp("strange-runs")
    save_run(
        train_run(str(source), load_config(settings=[*TINY, "sae.width=34", "sae.k=8", "neurons.min_support=1"])),
        runs / "strange",
    )
    write_note(runs / "strange", STRANGE[5])
    shutil.copytree(runs / "strange", runs / "strange-too")
    return runs


TABS = {
    "Neurons": ("Activations", "Popularity and era", "Users", "Effect", "Similar", "Reviews", "Meaning"),
    "Hierarchy": ("A user, level by level", "Edges", "Selected points"),
}


PAGES = ("", "Data", "Train", "Runs", "Neurons", "Items", "Users", "Hierarchy", "Steering", "Audit")


@pytest.fixture(scope="module")
def strange(strange_run, tmp_path_factory):
    environment = {"EXPLORER_RUNS": str(strange_run), "EXPLORER_DATA": str(tmp_path_factory.mktemp("nothing"))}
    with serve(ROOT / "app.py", environment) as started:
        yield started


@pytest.mark.parametrize(
    "name", ["", "Data", "Train", "Runs", "Neurons", "Items", "Users", "Hierarchy", "Steering", "Audit"]
)
def test_strange_texts_load_and_run_nothing_on_any_page_tab_neuron_or_popover(strange, open_page, name):
    page = open_page(f"{strange}/{name}?run=strange")
    assert_harmless(page)
    for tab in TABS.get(name, ()):
        if page.get_by_role("tab", name=tab).count():
            page.get_by_role("tab", name=tab).click()
            page.settle()
            assert_harmless(page)
    folded = page.get_by_test_id("stMain").locator("details:not([open]) > summary")
    while folded.count():
        folded.first.click()
        page.settle()
    assert_harmless(page)
    for found in page.get_by_test_id("stMain").get_by_test_id("stPopoverButton").all():
        found.click()
        page.settle()
        assert_harmless(page)
        page.keyboard.press("Escape")
    if name == "Neurons":
        page.get_by_role("tab", name="Users").click()
        walk = page.get_by_role("grid", name="Neurons with name")
        for _ in range(8):
            walk.focus()
            page.keyboard.press("ArrowDown")
            page.settle()
            assert_harmless(page)
    if name == "Steering":
        for _ in range(3):
            page.get_by_role("button", name="Random").click()
            page.settle()
            assert_harmless(page)
    if name == "Runs":
        row = page.get_by_role("grid").first.locator(".row", has_text="strange-too")
        row.locator(".cell").first.click()
        page.get_by_text("2 runs compared").wait_for()
        for tab in page.get_by_role("tab").all():
            tab.click()
            page.settle()
            assert_harmless(page)
    if name == "":
        page.locator(".dictionary").first.wait_for()
        assert set(page.locator(".concepts li").all_inner_texts()) <= set(STRANGE)


def assert_harmless(page) -> None:
    assert_whole(page)
    assert page.locator("[data-testid=stMain] img[src='x'], [data-testid=stMain] a[href*='127.0.0.1:9']").count() == 0


def test_escaped_text_shows_verbatim_in_labels_and_in_markdown(tmp_path, open_page):
    script = tmp_path / "show.py"
    script.write_text(
        "import streamlit as st\n"
        "from explorer.text import md_escape\n"
        f"for i, text in enumerate({STRANGE!r}):\n"
        "    st.slider(md_escape(text), 0, 1, key=str(i))\n"
        "    st.markdown(md_escape(text))\n"
    )
    with serve(script, {}, folder=tmp_path) as address:
        page = open_page(address)
        labels = page.locator("[data-testid=stSlider] [data-testid=stWidgetLabel]").all_inner_texts()
        texts = page.locator("[data-testid=stElementContainer] > .stMarkdown").all_inner_texts()
        assert [visible(text) for text in labels] == STRANGE
        assert [visible(text) for text in texts] == STRANGE
        assert page.locator("[data-testid=stMain] a, [data-testid=stMain] img").count() == 0
        assert page.foreign == []


def visible(text: str) -> str:
    """Without the invisible characters that stop markdown."""
    return text.replace("\u2060", "").strip()
