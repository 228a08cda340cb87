"""The Train page: what it asks, what it says it will do, what it starts, and how it shows trainings."""

from __future__ import annotations

import json
import shlex

import pytest

from explorer.cli import build_parser
from explorer.cli.train import _start
from explorer.config import PRESETS, load_config
from explorer.jobs import control
from explorer.jobs.folder import Status
from explorer.storage.files import TRAINING
from tests.pages.conftest import assert_sound, charts

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


@pytest.mark.parametrize("preset", PRESETS)
def test_the_command_the_file_and_the_start_say_the_same(app, started, tmp_path, preset):
    at = app(PAGE)
    at.segmented_control[0].set_value(preset).run()
    element(at.number_input, f"train:{preset}:seed").set_value(7).run()
    assert_sound(at)
    options = build_parser().parse_args(shown_command(at))
    config = _start(options).config
    assert config == load_config(settings=["seed=7"], preset=preset)
    (tmp_path / "file.toml").write_text(shown_toml(at))
    assert load_config(tmp_path / "file.toml") == config
    start_button(at).click().run()
    [(out, source, configuration, threads, maps)] = started
    assert (out, source, threads, maps) == (options.out, "demo", 1, options.maps)
    assert configuration == config.with_defaults_for(720).model_dump(mode="json")


def test_a_changed_setting_is_in_the_command_and_an_unchanged_one_is_not(app):
    at = app(PAGE)
    element(at.number_input, "train:quick:batchtopk:sae.k").set_value(5).run()
    element(at.text_input, "train:quick:batchtopk:sae.prefix_widths").set_value("[16, 64]").run()
    element(at.selectbox, "train:quick:recommender.kind").set_value("mf").run()
    assert_sound(at)
    command = shown_command(at)
    assert command.count("--set") == 3
    assert {"sae.k=5", "sae.prefix_widths=[16, 64]", "recommender.kind=mf"} <= set(command)


@pytest.mark.parametrize(
    ("kind", "key", "value", "words"),
    [
        ("text_input", "train:quick:batchtopk:sae.prefix_widths", "[64, 16]", ["prefix_widths", "must rise"]),
        ("text_input", "train:quick:batchtopk:sae.prefix_widths", "many", ["prefix_widths", "many"]),
        ("number_input", "train:quick:batchtopk:sae.k", 100, ["k=100", "width=64"]),
        ("number_input", "train:quick:batchtopk:sae.warmup_share", 0.9, ["warmup_share", "more than 1"]),
        ("selectbox", "train:quick:batchtopk:sae.prediction_form", "bce", ["bce", "als"]),
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


@pytest.mark.parametrize("name", ["", "../up", "a/b", ".hidden"])
def test_a_name_that_is_no_folder_is_refused(app, name):
    at = app(PAGE)
    element(at.text_input, "train:name:demo-als-quick").set_value(name).run()
    assert not at.exception
    assert len(at.error) == 1
    assert start_button(at).disabled


def test_the_suggested_name_is_free(app, training):
    training("demo-als-quick", state="stopped")
    at = app(PAGE)
    assert element(at.text_input, "train:name:demo-als-quick-2").value == "demo-als-quick-2"
    element(at.text_input, "train:name:demo-als-quick-2").set_value("demo-als-quick").run()
    assert "already" in at.error[0].value and start_button(at).disabled


def test_an_estimate_of_time_and_size_comes_before_the_start(app):
    at = app(PAGE)
    before = {metric.label: metric.value for metric in at.metric}
    assert before["Takes about"].endswith((" s", "min")) and before["Needs on disk"].endswith(("kB", "MB"))
    element(at.number_input, "train:quick:batchtopk:sae.epochs").set_value(100_000).run()
    after = {metric.label: metric.value for metric in at.metric}
    assert after["Takes about"].endswith((" h", "min"))


def test_two_who_start_the_same_name_get_one_training_and_one_sentence(app, training, monkeypatch):
    at = app(PAGE)
    training("demo-als-quick", state="stopped")  # the other one was faster
    monkeypatch.setattr(control, "_start_worker", lambda *_: pytest.fail("a second one was started"))
    start_button(at).click().run()
    assert not at.exception
    assert "already" in at.error[0].value


STATES = {
    "stopped": ({"state": "stopped", "done": 0.5}, "stopped", "It was stopped at 50%"),
    "killed": ({"state": "running", "done": 0.25, "pid": 2**22 + 1}, "interrupted", "ended without a word"),
    "failed": ({"state": "failed", "error": "The loss *became* infinite."}, "failed", None),
}


@pytest.mark.parametrize(("status", "word", "sentence"), STATES.values(), ids=STATES)
def test_a_training_that_ended_early_says_how_and_can_be_gone_on_with_or_deleted(
    app, training, monkeypatch, status, word, sentence
):
    folder, gone_on = training(**status), []
    monkeypatch.setattr(control, "resume_training", lambda training, *_: gone_on.append(training))
    at = app(PAGE)
    assert not at.exception
    assert any(f"**mine** · {word}" in text.value for text in at.markdown)
    if sentence:
        assert any(sentence in text.value for text in at.caption)
    else:
        assert at.error[0].value == r"The loss \*became\* infinite."
    element(at.button, "train:mine:resume").click().run()
    assert gone_on[0].path == folder
    element(at.button, "train:mine:delete").click().run()
    assert not folder.exists()


def test_going_on_without_a_checkpoint_is_refused_in_a_sentence(app, training):
    training(state="stopped", stage="sae")
    at = app(PAGE)
    element(at.button, "train:mine:resume").click().run()
    assert not at.exception
    assert "no checkpoint" in at.error[0].value


def test_a_training_that_goes_on_has_its_progress_its_curves_its_log_and_a_stop(app, training, monkeypatch):
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
