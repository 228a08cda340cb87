"""The Runs page: what it lists and finds. What needs a click in a table is tested in the browser."""

from __future__ import annotations

import json

import pytest

from explorer.api.exports import EXPORTS
from explorer.jobs.folder import Status
from explorer.measures import COVERAGE, HELD_OUT, RBO
from explorer.runs import save_run, write_note
from explorer.storage.files import TRAINING
from explorer.ui.cache import BUILT_IN
from tests.pages.conftest import assert_sound, tables

PAGE = "pages/Runs.py"


@pytest.fixture
def library(tiny_runs, runs_folder):
    """Two runs, one damaged one and a stopped training."""
    run = save_run(tiny_runs("als"), runs_folder / "first")
    save_run(tiny_runs("mf"), runs_folder / "second")
    write_note(run.path, "Keep: [link](x) for Monday")
    (runs_folder / "broken").mkdir()
    (runs_folder / "broken" / "run.json").write_text("{}")
    place = runs_folder / "waiting" / TRAINING
    place.mkdir(parents=True)
    (place / "status.json").write_text(Status(state="stopped", done=0.5).model_dump_json())
    job = {"source": "demo", "config": run.config.model_dump(mode="json")}
    (place / "job.json").write_text(json.dumps(job))
    return runs_folder


def listed(at):
    return tables(at)[0].set_index("run")


def test_every_run_is_listed_with_what_is_wrong_with_a_damaged_one_and_how_far_a_training_is(app, library, tiny_runs):
    at = app(PAGE)
    assert_sound(at)
    table = listed(at)
    assert set(table.index) == {"first", "second", "broken", "waiting", *BUILT_IN}
    assert table.at["first", "state"] == "ready"
    assert table.at["broken", "state"] == "cannot be opened" and "damaged" in table.at["broken", "problem"]
    assert table.at["waiting", "state"] == "stopped, 50%"
    run = tiny_runs("als")
    assert table.at["first", RBO] == run.metrics.fidelity.rbo
    found = run.metrics.concepts
    assert table.at["first", COVERAGE] == pytest.approx(100 * found.coverage.energy)
    assert table.at["first", HELD_OUT] == pytest.approx(100 * found.held_out.purity[10].mean)
    assert table.at["first", "note"] == "Keep: [link](x) for Monday"
    assert table.at["first", "seconds"] == pytest.approx(run.metrics.total_seconds)


@pytest.mark.parametrize(
    ("field", "value", "left"),
    [
        ("model", ["Logistic matrix factorisation"], {"second"}),
        ("state", ["stopped"], {"waiting"}),
        ("state", ["cannot be opened"], {"broken"}),
        ("dataset", ["little"], {"first", "second"}),
    ],
)
def test_a_filter_leaves_the_runs_it_names(app, library, field, value, left):
    at = app(PAGE)
    next(box for box in at.multiselect if box.key == f"runs:{field}").set_value(value).run()
    assert not at.exception
    assert set(listed(at).index) == left


@pytest.mark.parametrize(("text", "left"), [("FIRST", {"first"}), ("[link](x)", {"first"}), (".*", set())])
def test_the_search_is_for_names_and_notes_as_they_are_written(app, library, text, left):
    at = app(PAGE)
    at.text_input[0].set_value(text).run()
    assert not at.exception
    if left:
        assert set(listed(at).index) == left
    else:
        assert "No run matches the filters" in at.info[0].value


def test_a_run_that_cannot_be_opened_is_deleted_on_the_page_and_harms_no_other(app, library):
    manifest = json.loads((library / "first" / "run.json").read_text())
    manifest["dataset"]["name"] = [1]
    (library / "bad").mkdir()
    (library / "bad" / "run.json").write_text(json.dumps(manifest))
    at = app(PAGE)
    at.session_state["runs:chosen"] = ["bad"]
    at.run()
    assert not at.exception
    assert "dataset.name must be a text" in " ".join(error.value for error in at.error).replace("\\", "")
    at.button(key="runs:delete").click().run()
    assert not at.exception and not at.error
    assert not (library / "bad").exists()
    assert {"first", "second"} <= set(listed(at).index)


@pytest.mark.parametrize("what", EXPORTS)
def test_what_a_run_holds_is_offered_as_files(app, what):
    at = app("pages/Runs.py")
    at.session_state["runs:files:what"] = what
    at.run()
    assert_sound(at)
    assert any(button.proto.label == "Save" for button in at.get("download_button"))
