"""Presets do what their names say, within what users have."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from explorer.runs import Run
from explorer.steering import ConceptEdit, Edit, PersonScores, built_in_presets, concepts_of, person_of
from explorer.steering.presets import EXCHANGED, Preset, find_preset
from tests.helpers import Opaque, refused

USERS = range(30)
TOP = 20


@pytest.fixture(scope="module")
def persons(demo_run) -> list[PersonScores]:
    return [PersonScores(demo_run, person_of(demo_run, user)) for user in USERS]


def lists(scores: PersonScores, preset: Preset) -> tuple[np.ndarray, np.ndarray]:
    """The person's own list, and that with a preset."""
    own = scores.best(scores.own.astype(float), TOP)
    return own, scores.best(scores.scores(scores.changes(preset.edits(scores)), "exact"), TOP)


def share(persons: list[PersonScores], name: str, gained) -> float:
    """In which share of the persons something of the list has risen."""
    preset = find_preset(persons[0].run, name)
    pairs = [lists(scores, preset) for scores in persons]
    return float(
        np.mean(
            [gained(scores, after) > gained(scores, own) for scores, (own, after) in zip(persons, pairs, strict=True)]
        )
    )


@pytest.mark.parametrize(
    ("name", "column", "sign"),
    [
        ("Less popular", "popularity", -1),
        ("More popular", "popularity", 1),
        ("Older", "year", -1),
        ("Newer", "year", 1),
    ],
)
def test_popularity_and_years_move_the_way_the_name_says(persons, name, column, sign):
    values = persons[0].run.dataset.items[column].astype(float)
    values = (values.rank() if column == "popularity" else values).to_numpy()
    assert share(persons, name, lambda scores, rows: sign * values[rows].mean()) >= 0.7


@pytest.mark.parametrize(
    ("name", "sign", "least"), [("Less of the strongest genre", -1, 0.9), ("More of the strongest genre", 1, 0.5)]
)
def test_the_strongest_genre_gets_rarer_or_more_frequent(persons, name, sign, least):
    genres = persons[0].run.dataset.genre_matrix
    preset = find_preset(persons[0].run, name)
    names = persons[0].run.dataset.genres

    def count(scores: PersonScores, rows: np.ndarray) -> float:
        (edit,) = preset.edits(scores) or [None]
        return 0.0 if edit is None else sign * genres[rows, names.index(edit.concept)].sum()

    assert share(persons, name, count) >= least


def test_the_button_of_a_genre_says_which_genre_the_preset_turns(persons):
    preset = find_preset(persons[0].run, "Less of the strongest genre")
    turned = [(preset.label(scores), preset.edits(scores)) for scores in persons]
    assert {f"Less {edits[0].concept}" == label for label, edits in turned if edits} == {True}
    assert len({label for label, _ in turned}) > 3


def test_broadening_spreads_the_list_over_more_genres(persons):
    members = persons[0].run.dataset.genre_matrix
    assert share(persons, "Broaden", lambda scores, rows: members[rows].any(axis=0).sum()) >= 0.5


def test_no_preset_moves_a_neuron_to_where_no_user_is(persons):
    for scores in persons:
        for preset in built_in_presets(scores.run):
            for neuron, change in scores.changes(preset.edits(scores)).items():
                before = scores.values[neuron]  # noqa: PD011, not a table's
                assert -0.01 <= before + change <= max(1.0, before) + 0.01, (preset.name, neuron)


def test_a_preset_goes_no_further_than_it_takes(persons):
    preset = find_preset(persons[0].run, "Older")
    exchanged = []
    for scores in persons:
        own, after = lists(scores, preset)
        exchanged.append(len(np.setdiff1d(own, after)) / TOP)
    assert np.mean(np.array(exchanged) >= EXCHANGED) > 0.8
    assert np.mean(exchanged) < 0.5


def test_a_preset_that_would_do_nothing_for_a_person_changes_nothing(demo_run):
    scores = PersonScores(demo_run, person_of(demo_run, 7))
    everything = np.arange(demo_run.dataset.n_items)
    all_seen = PersonScores(demo_run, replace(scores.person, seen=everything))
    one_left = PersonScores(demo_run, replace(scores.person, seen=everything[1:]))
    for preset in built_in_presets(demo_run):
        assert preset.edits(all_seen) == preset.edits(one_left) == []
        assert preset.label(all_seen)


def test_somebody_with_no_neuron_can_use_every_preset_or_is_given_no_edits(demo_run):
    person = person_of(demo_run, 7)
    nobody = PersonScores(demo_run, replace(person, embedding=0 * person.embedding, user=None, seen=person.seen[:0]))
    for preset in built_in_presets(demo_run):
        assert all(isinstance(edit, Edit | ConceptEdit) for edit in preset.edits(nobody))


def lacking(run: Run, **columns) -> Run:
    return replace(run, dataset=replace(run.dataset, items=run.dataset.items.assign(**columns)))


def test_presets_are_only_about_what_the_data_set_has(demo_run, tiny_variants):
    n = demo_run.dataset.n_items
    names = {preset.name for preset in built_in_presets(demo_run)}
    undated = {preset.name for preset in built_in_presets(lacking(demo_run, year=pd.array([pd.NA] * n, "Int64")))}
    assert names - undated == {"Older", "Newer"}
    alike = {preset.name for preset in built_in_presets(lacking(demo_run, popularity=np.full(n, 50)))}
    assert names - alike == {"Less popular", "More popular"}
    bare = {preset.name for preset in built_in_presets(tiny_variants("relu-no-genres"))}
    assert not any("genre" in name or name == "Broaden" for name in bare)
    assert "More of the same" in bare


def test_presets_speak_of_the_data_sets_own_nouns(demo_run):
    from explorer.data.nouns import ARTISTS

    run = replace(demo_run, dataset=replace(demo_run.dataset, nouns=ARTISTS))
    said = " ".join(f"{preset.name} {preset.about}" for preset in built_in_presets(run))
    assert "strongest tag" in said
    assert "Artists" in said
    assert "genre" not in said
    assert "film" not in said


def test_presets_work_without_a_dot_product(demo_run):
    run = replace(demo_run, recommender=Opaque(demo_run.recommender))
    scores = PersonScores(run, person_of(run, 7))
    assert sum(bool(preset.edits(scores)) for preset in built_in_presets(run)) >= 4


def test_a_preset_is_found_whatever_its_case_and_hyphens(demo_run):
    assert find_preset(demo_run, "less-POPULAR").name == "Less popular"
    with refused("no preset 'Lass popular'", "“Less popular”", "“Mine”"):
        find_preset(demo_run, "Lass popular", ["Mine"])
    assert concepts_of(demo_run)
