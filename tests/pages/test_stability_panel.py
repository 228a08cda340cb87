"""The neurons page before stability is measured, while it is, and afterwards."""

from __future__ import annotations

import json
import os
from pathlib import Path

import psutil
import pytest

from explorer.jobs.folder import STATUS, Status
from explorer.jobs.stability import FOLDER, measure_run_stability
from explorer.runs import Run
from explorer.stability import Stability, measure, save_stability
from tests.pages.conftest import assert_sound, tables, texts

pytestmark = pytest.mark.slow

PAGE = "pages/Neurons.py"
TITLE = "Stability: are they found in another training?"


@pytest.fixture
def measured(run_in_folder, monkeypatch) -> Stability:
    """The stability of the run in the runs folder, of further trainings that find only the neurons of even number."""
    run = run_in_folder
    directions = run.sae.W_dec.clone()
    directions[1::2] = directions[1::2].roll(1, dims=1)
    weights = {**run.sae.tensors(), "W_dec": directions}
    monkeypatch.setattr(measure, "train_sae", lambda *_: (type(run.sae).from_tensors(weights), []))
    return measure_run_stability(run.path, 2)


def says(run: Run, **status) -> None:
    """What a measurement of the run says of itself."""
    (run.path / FOLDER).mkdir(exist_ok=True)
    (run.path / FOLDER / STATUS).write_text(Status(**status).model_dump_json())


def buttons(at) -> list[str]:
    return [button.label for button in at.button if button.key == "stability:measure"]


def only(at) -> str:
    """What the neurons can be narrowed to."""
    return " ".join(at.button_group(key="neurons:only").options).lower()


def panel(at):
    [box] = [box for box in at.expander if box.label == TITLE]
    return box


def test_before_it_is_measured_there_is_a_button_and_no_column(app, run_in_folder):
    at = app(PAGE, run="tiny")
    assert_sound(at)
    assert buttons(at) == ["Measure stability"] and "Not measured yet" in panel(at).caption[0].value
    assert not {"stability", "stability_seed"} & set(tables(at)[0])
    assert "stable" not in only(at)


def test_the_button_starts_the_measurement_in_the_background(app, run_in_folder, monkeypatch):
    started = []
    monkeypatch.setattr("explorer.jobs.control.start_stability", started.append)
    at = app(PAGE, run="tiny")
    next(button for button in at.button if button.key == "stability:measure").click().run()
    assert started == [run_in_folder.path]


def test_while_it_is_measured_its_progress_is_shown_in_place_of_the_button(app, run_in_folder):
    process = {"pid": os.getpid(), "pid_started": psutil.Process().create_time()}
    says(run_in_folder, state="running", done=0.5, message="training 4 of 6, on a random sample", **process)
    at = app(PAGE, run="tiny")
    assert_sound(at)
    assert buttons(at) == []
    [bar] = panel(at).get("progress")
    assert (bar.proto.value, bar.proto.text) == (50, "Measuring stability: training 4 of 6, on a random sample")


def test_one_that_failed_says_why_and_may_be_started_again(app, run_in_folder):
    says(run_in_folder, state="failed", error="The *loss* became infinite.")
    at = app(PAGE, run="tiny")
    assert [error.value for error in at.error] == ["The \\*loss\\* became infinite."]
    assert buttons(at) == ["Measure stability"]


def test_it_is_a_column_that_sorts_and_a_sentence_on_the_card(app, measured):
    at = app(PAGE, run="tiny")
    assert_sound(at)
    table = tables(at)[0].set_index("neuron")
    expected = measured.neurons.set_index("neuron")
    for column, name in (("stability_seed", "seed_cosine"), ("stability", "sample_cosine")):
        shown = table[column].dropna()
        assert shown.to_dict() == pytest.approx(expected[name].to_dict())
    neuron = at.number_input(key="neuron").value
    assert measured.sentence(neuron) in " ".join(texts(at._tree))
    assert buttons(at) == ["Measure it again"]
    summary = tables(panel(at))[0]
    assert summary["What is matched"].tolist()[0] == "Neurons" and len(summary) == 3


def test_only_stable_neurons_are_left_by_the_filter(app, measured):
    at = app(PAGE, run="tiny")
    at.button_group(key="neurons:only").set_value(["stable"]).run()
    shown = set(tables(at)[0]["neuron"])
    assert shown == measured.stable() and 0 < len(shown) < len(measured.neurons)
    assert at.number_input(key="neuron").value in shown


def test_without_samples_there_is_the_reason_and_no_filter(app, run_in_folder, measured):
    rows = measured.matches[measured.matches["change"] == "seed"].reset_index(drop=True)
    save_stability(run_in_folder.path, Stability(rows, measured.width, 2, 0.8, 0, "Too few items."))
    at = app(PAGE, run="tiny")
    assert_sound(at)
    assert "stable" not in only(at)
    assert "Too few items." in [info.value for info in panel(at).info]
    assert "stability" not in tables(at)[0] and "stability_seed" in tables(at)[0]


def test_a_damaged_one_is_not_there(app, run_in_folder, measured):
    path = Path(run_in_folder.path) / FOLDER / "stability.json"
    path.write_text(json.dumps({"about": {}, "files": {}}))
    at = app(PAGE, run="tiny")
    assert_sound(at)
    assert buttons(at) == ["Measure stability"]
