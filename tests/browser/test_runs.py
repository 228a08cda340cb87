"""The Runs page by hand: select, describe, rename, export, delete, import, compare."""

from __future__ import annotations

import shutil

import pytest

from explorer.runs import load_run, read_note
from explorer.ui.cache import DEMO_RUN
from tests.browser.conftest import ROOT, assert_whole, serve


@pytest.fixture
def runs(tmp_path, tiny_runs):
    """Two runs."""
    for name in ("als", "mf"):
        shutil.copytree(tiny_runs(name).path, tmp_path / "runs" / name)
    return tmp_path / "runs"


@pytest.fixture
def served(runs, tmp_path):
    environment = {"EXPLORER_RUNS": str(runs), "EXPLORER_DATA": str(tmp_path / "data")}
    with serve(ROOT / "app.py", environment) as address:
        yield address


def choose(page, name: str, *, tick: bool = False) -> None:
    """Click a row anywhere, or tick it."""
    row = page.get_by_role("grid").first.locator(".row", has_text=name).first
    row.locator(".cell").nth(0 if tick else 4).click()
    page.settle()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_two_runs_are_compared_in_every_part(served, open_page, theme):
    page = open_page(f"{served}/Runs", theme)
    choose(page, "als")
    page.get_by_role("heading", name="als").wait_for()
    choose(page, "mf", tick=True)
    page.get_by_text("2 runs compared").wait_for()
    page.get_by_label("Measures of the runs side by side").first.wait_for()
    for tab, shown in {
        "Settings": "Settings that differ",
        "Curves": "Measure",
        "Facets": "For every genre the neuron that detects it best",
        "Same concepts": "Mean similarity",
    }.items():
        page.get_by_role("tab", name=tab).click()
        page.get_by_text(shown).first.wait_for()
        page.settle()
        assert_whole(page)
    pairs = page.get_by_label("Neurons with their closest match in the other run")
    pairs.locator(".row").nth(2).click()
    page.settle()
    assert pairs.locator(".row.chosen").count() == 1
    assert page.get_by_role("grid").count() == 4
    assert_whole(page)


def test_a_run_is_annotated_renamed_exported_deleted_and_imported_again(served, runs, open_page, tmp_path):
    page = open_page(f"{served}/Runs")
    choose(page, "als")
    page.get_by_role("textbox", name="Note").fill("for Monday")
    page.get_by_role("textbox", name="Note").blur()
    page.settle()
    [noted] = [folder for folder in runs.iterdir() if read_note(folder) == "for Monday"]

    page.get_by_role("button", name="Rename").first.click()
    page.get_by_role("textbox", name="New name").fill("renamed")
    page.get_by_role("textbox", name="New name").press("Enter")
    page.settle()
    page.get_by_test_id("stPopoverBody").get_by_role("button", name="Rename").click()
    page.settle()
    assert (runs / "renamed").is_dir() and not noted.exists()

    choose(page, "renamed")
    page.get_by_role("heading", name="renamed").wait_for()
    page.settle()  # until then the button may be drawn anew under the click
    with page.expect_download() as caught:
        page.get_by_role("button", name="Export as zip").click()
    caught.value.save_as(tmp_path / "renamed.zip")
    page.get_by_role("button", name="Delete").first.click()
    page.get_by_role("button", name="Delete for good").click()
    page.settle()
    assert not (runs / "renamed").exists()

    page.get_by_text("Import a run from a zip").click()
    page.locator("input[type=file]").set_input_files(tmp_path / "renamed.zip")
    page.get_by_text("renamed.zip").first.wait_for()
    page.settle()
    page.get_by_role("button", name="Import", exact=True).click()
    page.get_by_text("Imported as").wait_for()
    page.settle()
    assert load_run(runs / "renamed").index.n == 32
    assert read_note(runs / "renamed") == "for Monday"
    assert_whole(page)


def test_a_zip_that_is_not_a_run_is_refused_in_a_sentence(served, runs, open_page, tmp_path):
    before = sorted(runs.iterdir())
    (tmp_path / "foreign.zip").write_bytes(b"PK\x05\x06" + bytes(18))
    page = open_page(f"{served}/Runs")
    page.get_by_text("Import a run from a zip").click()
    page.locator("input[type=file]").set_input_files(tmp_path / "foreign.zip")
    page.get_by_text("foreign.zip").first.wait_for()
    page.settle()
    page.get_by_role("button", name="Import", exact=True).click()
    page.locator("[data-testid=stAlertContentError]").wait_for()
    assert sorted(runs.iterdir()) == before


def test_the_built_in_run_cannot_be_changed(open_page, tmp_path):
    environment = {"EXPLORER_RUNS": str(tmp_path / "runs"), "EXPLORER_DATA": str(tmp_path / "data")}
    with serve(ROOT / "app.py", environment) as address:
        page = open_page(f"{address}/Runs")
        choose(page, "demo (built in)")
        page.get_by_text("comes with the project").wait_for()
        page.settle()
        for name in ("Rename", "Delete"):
            assert page.get_by_role("button", name=name).count() == 0
        assert_whole(page)
    assert DEMO_RUN.is_dir()
