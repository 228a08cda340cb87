"""The view of experiments: the numbers are the library's, and the address says which experiment it is."""

from __future__ import annotations

import shlex

import pytest

from explorer.cli import build_parser
from explorer.experiments import cohort_of
from explorer.experiments.experiment import sweep
from explorer.experiments.findings import experiment_sentences, rounds_sentences
from explorer.experiments.simulation import rounds
from explorer.ui.steering.experiment_work import works
from tests.pages.conftest import assert_sound, charts, tables

pytestmark = pytest.mark.slow

PAGE = "pages/Steering.py"
NUDGE = {"view": "experiment", "experiment": "nudge", "target": "5", "sample": "40", "doses": "0.5,1"}


def shown(app, **asked):
    """The page when the experiment has ended."""
    at = app(PAGE, **asked)
    for work in list(works()._kept.values()):
        assert work.ended.wait(60)
    return at.run()


def written(at) -> str:
    return " ".join(text.value for text in at.markdown).replace("\\", "").replace("\u2060", "")


def test_without_a_concept_it_says_what_to_do(app):
    at = app(PAGE, view="experiment")
    assert_sound(at)
    assert "press Run" in at.info[0].value and not charts(at)


def test_the_experiment_of_the_address_is_done_and_shown(app, demo_run):
    at = shown(app, **NUDGE)
    assert_sound(at)
    found = sweep(demo_run, "nudge", 5, cohort_of(demo_run, "all", 40), [0.5, 1.0])
    for sentence in experiment_sentences(demo_run, found):
        assert sentence in written(at)
    assert len(charts(at)) == 2
    every, equal = tables(at)
    of_target = found.table[(found.table["arm"] == "neuron") & (found.table["measure"] == "list_share")]
    assert every["list_share"].iloc[1 : 1 + len(of_target)].tolist() == pytest.approx(
        (100 * of_target["value"]).tolist()
    )
    assert len(equal) == int(found.equal["other"].notna().sum())


def test_the_command_on_the_page_is_the_same_experiment(app):
    at = shown(app, **NUDGE)
    words = shlex.split(next(code.value for code in at.code if "experiment" in code.value))
    options = build_parser().parse_args(words[3:])
    assert (options.kind, options.neuron, options.sample, options.doses) == ("nudge", "5", 40, "0.5,1")


def test_repeated_rounds_are_shown_round_by_round(app, demo_run):
    at = shown(app, view="experiment", experiment="rounds", target="5", sample="20", doses="0.5")
    assert_sound(at)
    found = rounds(demo_run, 5, 0.5, cohort_of(demo_run, "all", 20), top=30)
    for sentence in rounds_sentences(demo_run, found):
        assert sentence in written(at)
    assert len(charts(at)) == 6


def test_an_item_is_promoted_to_an_audience(app, demo_run):
    item = str(demo_run.dataset.items["item_id"].iloc[7])
    at = shown(
        app, view="experiment", experiment="expose", target="5", promoted=item, users="top 20% of neuron 5", doses="1"
    )
    assert_sound(at)
    assert "of the audience instead of" in written(at) and len(charts(at)) == 2


def test_pressing_run_does_what_the_form_says(app, demo_run):
    at = app(PAGE, view="experiment")
    next(box for box in at.selectbox if box.label == "Concept or neuron").set_value("3")
    next(box for box in at.number_input if box.label == "Users, at most").set_value(30)
    next(box for box in at.text_input if box.label == "Doses").set_value("1")
    next(button for button in at.button if button.label == "Run").click().run()
    for work in list(works()._kept.values()):
        assert work.ended.wait(60)
    at.run()
    found = sweep(demo_run, "nudge", 3, cohort_of(demo_run, "all", 30), [1.0])
    assert experiment_sentences(demo_run, found)[0] in written(at)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"experiment": "fly"}, ["fly", "nudge"]),
        ({"experiment": "nudge", "target": "5", "sample": "1e9"}, ["sample", "1e9"]),
        ({"experiment": "nudge", "target": "5", "doses": "nan"}, ["nan"]),
        ({"experiment": "nudge", "target": "5", "doses": "much"}, ["much"]),
        ({"experiment": "nudge", "target": "5", "doses": "1e308"}, ["1e+308"]),
        ({"experiment": "rounds", "target": "5", "doses": "1,2"}, ["one dose"]),
        ({"experiment": "nudge", "target": "5", "target_of": "0"}, ["another run"]),
    ],
)
def test_what_is_wrong_with_an_address_is_said_and_nothing_is_done(app, asked, words):
    at = app(PAGE, view="experiment", **asked)
    assert not at.exception and not at.error and not charts(at)
    said = " ".join(each.value for each in at.warning).replace("\\", "").replace("\u2060", "")
    assert all(word in said for word in words)


@pytest.mark.parametrize(
    ("asked", "word"),
    [({"target": "no such concept"}, "no such concept"), ({"target": "5", "users": "height > 2"}, "height")],
)
def test_an_experiment_that_cannot_be_done_says_why(app, asked, word):
    at = shown(app, view="experiment", experiment="nudge", sample="20", **asked)
    assert not at.exception and word in " ".join(each.value for each in at.error)
