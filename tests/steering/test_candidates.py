"""Items that some setting of the knobs can bring into a list, against trying settings."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from explorer.steering import PersonScores, person_of
from explorer.steering.candidates import candidates, change_ranges
from explorer.steering.edits import edit_of
from explorer.steering.grouping import concepts_of


def settings(ranges: dict, rng: np.random.Generator, n: int):
    """All corners of some ranges, and n places within them."""
    yield from itertools.product(*ranges.values())
    for _ in range(n):
        yield [rng.uniform(low, high) for low, high in ranges.values()]


@pytest.mark.parametrize("user", [0, 23, 117])
def test_no_setting_brings_in_an_item_that_was_left_out(tiny_run, user):
    scores = PersonScores(tiny_run, person_of(tiny_run, user))
    strongest = np.argsort(-scores.values)[:3].tolist()
    ranges = change_ranges(scores, {str(neuron): (-0.2, 0.9) for neuron in strongest})
    start, effects = scores.own.astype(np.float64), {neuron: scores.effect(neuron) for neuron in ranges}
    kept = candidates(start, effects, ranges, scores.person.seen, n=5)
    reached = set()
    for values in settings(ranges, np.random.default_rng(user), 500):
        changes = dict(zip(ranges, values, strict=True))
        reached |= set(scores.best(scores.scores(changes, "exact"), 5).tolist())
    assert reached <= set(kept.tolist())
    assert len(kept) < tiny_run.dataset.n_items - len(scores.person.seen)


def test_without_any_room_to_move_only_the_list_itself_is_left(tiny_run):
    scores = PersonScores(tiny_run, person_of(tiny_run, 7))
    start = scores.own.astype(np.float64)
    assert candidates(start, {}, {}, scores.person.seen, 10).tolist() == sorted(scores.best(start, 10).tolist())


def test_of_a_catalogue_shorter_than_the_list_all_is_kept_that_was_not_seen():
    start = np.array([3.0, 1.0, 2.0])
    assert candidates(start, {}, {}, np.array([0]), 5).tolist() == [1, 2]


def test_no_neuron_changes_by_more_than_its_range(demo_run):
    scores = PersonScores(demo_run, person_of(demo_run, 6))
    concept = next(iter(concepts_of(demo_run).values()))
    knobs = {concept.name: (-0.5, 1.2), str(concept.neurons[0]): (-1.0, 1.5)}
    ranges = change_ranges(scores, knobs)
    rng = np.random.default_rng(0)
    met = {neuron: [0.0, 0.0] for neuron in ranges}
    for values in settings(knobs, rng, 200):
        edits = [edit_of(key, value) for key, value in zip(knobs, values, strict=True) if rng.random() < 0.8]
        for neuron, change in scores.changes(edits).items():
            low, high = ranges[neuron]
            assert low - 1e-12 <= change <= high + 1e-12
            met[neuron] = [min(met[neuron][0], change), max(met[neuron][1], change)]
    for edits in ([edit_of(key, ends[side]) for key, ends in knobs.items()] for side in (0, 1)):
        for neuron, change in scores.changes(edits).items():
            met[neuron] = [min(met[neuron][0], change), max(met[neuron][1], change)]
    for neuron, (low, high) in ranges.items():
        assert met[neuron] == pytest.approx([low, high], abs=1e-9)
