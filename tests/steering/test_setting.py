"""A setting is read back as it was written, and everything that cannot be is said in a sentence."""

from __future__ import annotations

from dataclasses import replace

import pytest

from explorer.steering import ConceptEdit, Edit, Hide, concepts_of
from explorer.steering.setting import (
    MAX_TEXT,
    PARAMETERS,
    Setting,
    fingerprint,
    parameters_of_setting,
    read_parameters,
    read_record,
    record_of_setting,
)
from tests.helpers import refused


@pytest.fixture
def run(tiny_runs):
    return tiny_runs("als")


@pytest.fixture
def full(run) -> Setting:
    """Nothing in it is as usual."""
    concept = next(iter(concepts_of(run)))
    return Setting(
        edits=(Edit(3, "set", 1.25), Edit(17, "set", -0.1), ConceptEdit(concept, 0.5)),
        mode="paper",
        hide=(Hide(2), Hide(5, 0.75)),
        pins=("4", concept),
        sliders="causal",
        top=7,
        view="item",
    )


def read(run, **texts: str):
    """The setting of an address, and what was left out of it as one text."""
    found = read_parameters(run, texts)
    return found.setting, " ".join(found.problems)


def test_an_address_says_the_whole_setting_and_nothing_where_it_is_as_usual(run, full):
    said = parameters_of_setting(run, full)
    assert set(said) == set(PARAMETERS) and all(said.values())
    assert read_parameters(run, said) == replace(read_parameters(run, said), setting=full, problems=())
    assert not any(parameters_of_setting(run, Setting()).values())


def test_a_file_says_the_whole_setting_but_the_part_of_the_page(run, full):
    edits = (*full.edits, Edit(4, "add", 0.25, "activation"), Edit(5, "scale", 0.5))
    every = replace(full, edits=edits, view="list")
    assert read_record(run, record_of_setting(every)).setting == every


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("3:nan", "nan"),
        ("3:inf", "inf"),
        ("3:1e308", "1e+308"),
        ("3:-1e308", "-1e+308"),
        ("3:1e400", "inf"),
        ("900:1", "no neuron 900"),
        ("Nothing of the kind:1", "no concept “Nothing of the kind”"),
        ("17", "“17” is not a change"),
        (":1", "“:1” is not a change"),
        ("3:high", "“3:high” is not a change"),
        ("%3Cimg src=x%3E:1", "<img src=x>"),
    ],
)
def test_a_bad_edit_is_left_out_and_said_and_the_good_ones_stay(run, text, word):
    setting, problems = read(run, edits=f"4:0.5,{text},5:-1")
    assert setting.edits == (Edit(4, "set", 0.5), Edit(5, "set", -1.0))
    assert word in problems


def test_of_a_knob_that_is_changed_twice_the_last_value_counts_and_that_is_said(run):
    setting, problems = read(run, edits="4:0.5,5:1,4:0.75")
    assert setting.edits == (Edit(4, "set", 0.75), Edit(5, "set", 1.0))
    assert "neuron 4 more than once" in problems and "0.75" in problems


def test_many_faults_are_counted_rather_than_listed(run):
    found = read_parameters(run, {"edits": ",".join(f"{neuron}:1" for neuron in range(900, 950))})
    assert found.setting.edits == () and len(found.problems) == 4 and "47 further parts" in found.problems[-1]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("mode", "magic"),
        ("sliders", "all"),
        ("view", "people"),
        ("top", "0"),
        ("top", "-3"),
        ("top", "1e9"),
        ("top", "x"),
    ],
)
def test_a_value_that_does_not_exist_is_said_with_what_holds_instead(run, name, text):
    setting, problems = read(run, **{name: text})
    assert setting == Setting() and repr(text) in problems


@pytest.mark.parametrize(("text", "kept"), [("2,999", (Hide(2),)), ("2:7", ()), ("x", ()), ("2:nan", ())])
def test_what_cannot_be_hidden_is_said(run, text, kept):
    setting, problems = read(run, hide=text)
    assert setting.hide == kept and problems


def test_a_pin_of_a_wider_run_is_said(run):
    setting, problems = read(run, pins="4,4,5000")
    assert setting.pins == ("4",) and "5000" in problems


def test_a_link_of_another_run_changes_nothing_here_and_says_what_it_would_have(run, tiny_runs, full):
    said = parameters_of_setting(run, full)
    other = tiny_runs("mf")
    found = read_parameters(other, said)
    assert (found.setting.edits, found.setting.hide, found.setting.pins) == ((), (), ())
    assert found.setting.mode == "paper"  # this means the same everywhere
    assert "another run" in found.problems[0] and "3:1.25" in found.problems[0]
    missing = read_parameters(run, said, asked_run="gone").problems
    assert len(missing) == 1 and "'gone'" in missing[0]


def test_a_run_that_was_trained_again_has_another_fingerprint_and_a_copy_has_the_same(run, tiny_runs):
    assert len({fingerprint(tiny_runs(kind)) for kind in ("als", "mf", "ncf")}) == 3
    weights = run.sae.tensors()
    assert fingerprint(replace(run)) == fingerprint(run)
    weights["W_dec"] = weights["W_dec"] + 1e-3
    assert fingerprint(replace(run, sae=run.sae.from_tensors(weights))) != fingerprint(run)


def test_a_text_that_nobody_wrote_by_hand_is_not_read(run):
    setting, problems = read(run, edits="3:1," * MAX_TEXT)
    assert setting.edits == () and "characters" in problems


@pytest.mark.parametrize(
    "edit",
    [
        17,
        {"neuron": "3", "value": 1},
        {"neuron": True, "value": 1},
        {"neuron": 3, "value": "1"},
        {"neuron": 3},
        {"neuron": 3, "value": 1, "action": "eval"},
        {"neuron": 3, "value": 1, "unit": "km"},
        {"neuron": 3, "value": 10**400},
        {"neuron": 3, "value": float("nan")},
        {"neuron": -1, "value": 1},
        {"concept": "nothing", "value": 1},
    ],
)
def test_a_bad_edit_in_a_file_is_left_out_and_said(run, edit):
    found = read_record(run, {"edits": [{"neuron": 4, "value": 0.5}, edit]})
    assert found.setting.edits == (Edit(4, "set", 0.5),) and len(found.problems) == 1


def test_a_file_of_another_shape_is_refused(run):
    for record in (None, [], {"edits": 3}):
        with refused("file"):
            read_record(run, record)
