"""The Train page: what it asks, what it says it will do, what it starts, and how it shows trainings."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from pathlib import Path

import pytest

from explorer.cli import build_parser
from explorer.cli.train import _start
from explorer.config import PRESETS, load_config
from explorer.config.run_config import SMALL
from explorer.jobs import control
from explorer.jobs.folder import Status
from explorer.storage.files import TRAINING
from tests.pages.conftest import assert_sound, charts

pytestmark = pytest.mark.slow

PAGE = "pages/Train.py"


def element(kind, key: str):
    return next(found for found in kind if found.key == key)


def start_button(at):
    return next(button for button in at.button if button.label == "Start training")


def shown_command(at) -> list[str]:
    code = next(code.value for code in at.code if code.value.startswith("python -m explorer train"))
    return shlex.split(code)[3:]


def shown_toml(at) -> str:
    return next(code.value for code in at.code if "[sae]" in code.value)


@pytest.fixture
def started(monkeypatch) -> list[tuple]:
    """What was asked to be started, which is not."""
    calls = []
    monkeypatch.setattr(control, "start_training", lambda *arguments: calls.append(arguments))
    return calls


@pytest.fixture
def training(runs_folder):
    """Put a training's folder among the runs, as its worker would have left it."""

    def put(name: str = "mine", **status):
        place = runs_folder / name / TRAINING
        place.mkdir(parents=True)
        job = {"source": "demo", "config": load_config().model_dump(mode="json")}
        (place / "job.json").write_text(json.dumps(job))
        (place / "status.json").write_text(Status(**{"asked": 1.0, **status}).model_dump_json())
        return place.parent

    return put


@pytest.mark.parametrize(
    "preset", [pytest.param(name, marks=() if name == "matryoshka" else pytest.mark.slow) for name in PRESETS]
)
def test_the_command_the_file_and_the_start_say_the_same(app, started, tmp_path, preset):
    at = app(PAGE)
    at.segmented_control[0].set_value(preset).run()
    element(at.number_input, f"train:{preset}:seed").set_value(7).run()
    assert_sound(at)
    options = build_parser().parse_args(shown_command(at))
    config = _start(options, 1).config
    assert config == load_config(settings=["seed=7"], preset=preset)
    (tmp_path / "file.toml").write_text(shown_toml(at))
    assert load_config(tmp_path / "file.toml") == config
    start_button(at).click().run()
    [(out, source, configuration, threads, maps)] = started
    assert (out, source, threads, maps) == (options.out, "demo", 1, True) and options.maps is None
    assert configuration == config.with_defaults_for(720).model_dump(mode="json")


def test_a_changed_setting_is_in_the_command_and_an_unchanged_one_is_not(app):
    at = app(PAGE)
    element(at.number_input, "train:quick:mp:sae.k").set_value(5).run()
    element(at.text_input, "train:quick:mp:sae.prefix_widths").set_value("[16, 64]").run()
    element(at.selectbox, "train:quick:recommender.kind").set_value("mf").run()
    assert_sound(at)
    command = shown_command(at)
    assert command.count("--set") == 3
    assert {"sae.k=5", "sae.prefix_widths=[16, 64]", "recommender.kind=mf"} <= set(command)


@pytest.mark.parametrize(
    ("kind", "key", "value", "words"),
    [
        ("text_input", "train:quick:mp:sae.prefix_widths", "[64, 16]", ["prefix_widths", "must rise"]),
        pytest.param(
            "text_input",
            "train:quick:mp:sae.prefix_widths",
            "many",
            ["prefix_widths", "many"],
            marks=pytest.mark.slow,
        ),
        pytest.param(
            "number_input", "train:quick:mp:sae.k", 100, ["k=100", f"width={SMALL.width}"], marks=pytest.mark.slow
        ),
        pytest.param(
            "number_input",
            "train:quick:mp:sae.warmup_share",
            0.9,
            ["warmup_share", "more than 1"],
            marks=pytest.mark.slow,
        ),
        ("selectbox", "train:quick:mp:sae.prediction_form", "bce", ["bce", "als"]),
    ],
)
def test_what_cannot_be_trained_is_said_as_it_is_typed_and_cannot_be_started(app, kind, key, value, words):
    at = app(PAGE)
    element(getattr(at, kind), key).set_value(value).run()
    assert not at.exception
    assert len(at.error) == 1
    missing = [word for word in words if word.replace("_", r"\_") not in at.error[0].value]
    assert not missing, at.error[0].value
    assert start_button(at).disabled


def name_field(at):
    return element(at.text_input, "train:name")


def test_a_name_that_cannot_be_a_folder_is_refused(app):
    at = app(PAGE)
    for name in ("", "../up", "a/b", ".hidden"):
        name_field(at).set_value(name).run()
        assert not at.exception
        assert len(at.error) == 1
        assert start_button(at).disabled


def test_the_suggested_name_is_free_and_follows_the_choices_until_another_is_typed(app, training, started):
    training("demo-als-quick", state="stopped")
    at = app(PAGE)
    assert name_field(at).value == "demo-als-quick-2"
    element(at.selectbox, "train:quick:recommender.kind").set_value("mf").run()
    assert name_field(at).value == "demo-mf-quick"
    name_field(at).set_value("demo-als-quick").run()
    assert "already" in at.error[0].value and start_button(at).disabled
    name_field(at).set_value("own").run()
    element(at.selectbox, "train:quick:recommender.kind").set_value("ncf").run()
    assert name_field(at).value == "own"
    start_button(at).click().run()
    assert started[0][0].name == "own"
    assert name_field(at).value == "demo-ncf-quick"  # the next one needs a name of its own


def test_an_estimate_of_time_and_size_comes_before_the_start(app):
    at = app(PAGE)
    assert re.search(r"Takes about \*\*\d.* (s|min)\*\* and \*\*.* [kM]B\*\* on disk", estimate(at))
    assert "**720** items" in estimate(at)
    element(at.number_input, "train:quick:mp:sae.epochs").set_value(100_000).run()
    assert re.search(r"Takes about \*\*[\d.]+ (h|min)\*\*", estimate(at))


def estimate(at) -> str:
    return next(text.value for text in at.markdown if text.value.startswith("Takes about"))


def test_too_little_room_on_the_disk_is_said_before_the_start(app, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10**9, 10**9, 1000))
    assert "has only 1 kB left" in app(PAGE).warning[0].value


def test_two_who_start_the_same_name_get_one_training_and_one_sentence(app, training, monkeypatch):
    at = app(PAGE)
    training("demo-als-quick", state="stopped")  # the other one was faster
    monkeypatch.setattr(control, "_start_worker", lambda *_: pytest.fail("a second one was started"))
    start_button(at).click().run()
    assert not at.exception
    assert "already" in at.error[0].value


STATES = {
    "stopped": ({"state": "stopped", "done": 0.5}, "stopped", "It was stopped at 50%"),
    "killed": ({"state": "running", "done": 0.25, "pid": 2**22 + 1}, "interrupted", "It stopped unexpectedly at 25%"),
    "failed": ({"state": "failed", "error": "The loss *became* infinite."}, "failed", None),
}


@pytest.mark.parametrize(("status", "word", "sentence"), STATES.values(), ids=STATES)
def test_a_training_that_ended_early_says_how_and_can_be_resumed_or_deleted(
    app, training, monkeypatch, status, word, sentence
):
    folder, resumed = training(**status), []
    monkeypatch.setattr(control, "resume_training", lambda training, *_: resumed.append(training))
    at = app(PAGE)
    assert not at.exception
    assert [row.label.split(" · ")[:2] for row in rows(at)] == [["**mine**", word]]
    assert any("No output yet" in code.value for code in at.code)
    if sentence:
        assert any(sentence in text.value for text in at.markdown)
    else:
        assert at.error[0].value == r"The loss \*became\* infinite."
    element(at.button, "train:mine:resume").click().run()
    assert resumed[0].path == folder
    element(at.button, "train:mine:delete").click().run()
    assert not folder.exists()


def rows(at) -> list:
    """The rows of trainings."""
    return [row for row in at.expander if row.label.startswith("**")]


def test_the_newest_training_is_open_and_the_others_are_closed(app, training):
    for asked, name in enumerate(("old", "newer", "newest"), 1):
        training(name, state="stopped", asked=float(asked))
    at = app(PAGE)
    assert [row.label.split(" · ")[0] for row in rows(at)] == ["**newest**", "**newer**", "**old**"]
    assert [button.key for button in at.button if button.key.endswith(":resume")] == ["train:newest:resume"]


@pytest.mark.slow
def test_a_link_opens_the_training_that_it_names(app, training):
    for asked, name in enumerate(("old", "newer", "newest"), 1):
        training(name, state="stopped", asked=float(asked))
    at = app(PAGE, training="old")
    assert [button.key for button in at.button if button.key.endswith(":resume")] == ["train:old:resume"]
    assert not at.warning
    element(at.button, "train:old:delete").click().run()
    assert not at.warning and not at.exception
    assert "training" not in at.query_params


def test_a_link_to_a_training_that_is_not_there_says_so_and_one_to_a_finished_one_opens_its_run(app, run_in_folder):
    at = app(PAGE, training="![gone](http://host/x.png)")
    assert "There is no training" in at.warning[0].value and "![gone]" not in at.warning[0].value
    assert_sound(at)
    at = app(PAGE, training="tiny")
    assert not at.warning
    assert any("**tiny** is ready" in text.value for text in at.markdown)
    assert [link.proto.label for link in at.main.get("page_link")] == ["Open it"]


def test_no_part_of_the_page_moves_when_a_training_comes_or_ends(app, training, run_in_folder):
    """An element that moves is on the page twice until the script has come to its end."""

    at = app(PAGE)
    fields = [field.key for kind in (at.selectbox, at.number_input, at.text_input) for field in kind]
    *_, notices, form, running = at.main.children
    assert start_button(at.main.children[form])
    training(state="stopped")
    at.session_state["_finished"] = "tiny"
    at.run()
    assert list(at.main.children)[-3:] == [notices, form, running]
    assert any("is ready" in text.value for text in at.main.children[notices].markdown)
    assert start_button(at.main.children[form])
    assert element(at.main.children[running].button, "train:mine:resume")
    assert [field.key for kind in (at.selectbox, at.number_input, at.text_input) for field in kind] == fields


def test_resuming_without_a_checkpoint_is_refused_in_a_sentence(app, training):
    training(state="stopped", stage="sae")
    at = app(PAGE)
    element(at.button, "train:mine:resume").click().run()
    assert not at.exception
    assert "no checkpoint" in at.error[0].value


def test_a_running_training_has_its_progress_its_curves_its_log_and_a_stop(app, training, monkeypatch):
    import psutil

    me = psutil.Process()
    left = {"stage": "sae", "done": 0.4, "seconds_left": 75.0, "pid": me.pid, "pid_started": me.create_time()}
    folder = training(state="running", **left)
    records = [
        {"stage": "sae", "epoch": epoch, "embedding_loss": 1 / epoch, "l0_items": 8.0, "dead": 0, "sample_rbo": 0.5}
        for epoch in (1, 2, 3)
    ]
    (folder / TRAINING / "history.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    (folder / TRAINING / "log.txt").write_text("12:00:00 sae 40%  so far so good\n")
    stopped = []
    monkeypatch.setattr(control, "stop_training", stopped.append)
    at = app(PAGE)
    assert not at.exception
    [bar] = at.get("progress")
    assert bar.proto.value == 40
    assert "Training the autoencoder" in bar.proto.text and "about 1 min 15 s left" in bar.proto.text
    assert any("so far so good" in code.value for code in at.code)
    assert len(charts(at)) == 4
    element(at.button, "train:mine:stop").click().run()
    assert stopped == [folder]
    assert not [button for button in at.button if button.key == "train:mine:delete"]


def test_a_damaged_status_is_a_sentence_and_the_rest_of_the_page_works(app, training):
    folder = training(state="stopped")
    (folder / TRAINING / "status.json").write_text("{")
    (folder / TRAINING / "job.json").write_text("[]")
    at = app(PAGE)
    assert not at.exception
    assert "damaged" in at.error[0].value
    assert not start_button(at).disabled


def test_an_own_recommender_is_asked_for_its_files(app, started, tmp_path):
    import numpy as np

    from explorer.data import load_dataset

    np.save(tmp_path / "items.npy", np.random.default_rng(0).normal(size=(load_dataset("demo").n_items, 6)))
    at = app(PAGE)
    element(at.selectbox, "train:quick:recommender.kind").set_value("external").run()
    assert start_button(at).disabled
    assert "Name the file of item vectors" in " ".join(box.value for box in at.error)
    element(at.text_input, "train:quick:own:items").set_value(str(tmp_path / "items.npy")).run()
    assert_sound(at)
    assert "recommender.kind=external" in shown_command(at)
    start_button(at).click().run()
    ((_, _, config, *_),) = started
    assert (config["recommender"]["kind"], config["recommender"]["dim"]) == ("external", 6)


def test_vectors_of_an_own_recommender_are_uploaded(app, monkeypatch):
    import io

    import numpy as np

    from explorer.data import load_dataset

    calls = []
    monkeypatch.setattr(control, "start_training", lambda *arguments, **options: calls.append((arguments, options)))
    content = io.BytesIO()
    np.save(content, np.random.default_rng(0).normal(size=(load_dataset("demo").n_items, 6)))
    at = app(PAGE)
    element(at.selectbox, "train:quick:recommender.kind").set_value("external").run()
    element(at.segmented_control, "train:quick:own:where").set_value("upload").run()
    assert start_button(at).disabled
    upload = at.file_uploader(key="train:quick:own:items:upload")
    upload.set_value(("items.npy", content.getvalue(), "application/octet-stream")).run()
    assert_sound(at)
    start_button(at).click().run()
    (((_, _, config, *_), options),) = calls
    assert config["recommender"]["dim"] == 6
    assert Path(config["recommender"]["items"]).read_bytes() == content.getvalue()
    assert Path(config["recommender"]["items"]).is_relative_to(options["uploads"])
