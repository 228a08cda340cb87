"""What the live board gets: buffers that say what the library computes, and the server's own results."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from explorer.steering import ConceptEdit, Edit, Person, PersonScores, explain, person_of, steer
from explorer.steering.grouping import concepts_of
from explorer.steering.knobs import choose_knobs
from explorer.ui.steering import board_data
from explorer.ui.steering.board_data import HIDDEN, board_answer, board_buffer, knobs_with, pack, unpack


@pytest.fixture(scope="module")
def scores(demo_run):
    return PersonScores(demo_run, person_of(demo_run, demo_run.dataset.user_row(7)))


def buffer(run, scores, mode="exact", hide=(), length=20, edits=()):
    knobs = choose_knobs(run, scores)
    everything = knobs_with(run, scores, knobs, edits)
    return unpack(board_buffer(run, scores, everything, len(knobs), mode, hide, length))


def test_a_buffer_says_what_was_packed():
    arrays = {"a": np.array([1.5, -2.25], np.float32), "b": np.array([], np.int32), "c": np.array([7, -1], np.int32)}
    header, found = unpack(pack({"title": "Amélie “<b>” ", "x": 0.1}, arrays))
    assert header == {"title": "Amélie “<b>” ", "x": 0.1}
    for name, array in arrays.items():
        assert found[name].dtype == array.dtype and found[name].tolist() == array.tolist()


def test_the_buffer_has_the_scores_and_effects_of_everything_unseen(demo_run, scores):
    header, arrays = buffer(demo_run, scores)
    rows = arrays["rows"]
    assert header["complete"] and sorted({*rows.tolist(), *scores.person.seen.tolist()}) == list(
        range(demo_run.dataset.n_items)
    )
    assert np.array_equal(arrays["base"], scores.own[rows])
    for i, neuron in enumerate(header["neurons"]):
        assert np.array_equal(arrays[f"effect{i}"], scores.effect(neuron["neuron"])[rows])
        assert neuron["value"] == scores.values[neuron["neuron"]]
    assert arrays["ranks"].tolist() == scores.own_ranks(rows).tolist()
    assert rows[header["before"]].tolist() == steer(demo_run, scores).recommender["row"].tolist()
    titles = demo_run.dataset.items["title"].astype(str)
    assert header["items"]["title"] == titles.iloc[rows].tolist()


def test_in_paper_mode_the_scores_are_those_rebuilt_from_neurons(demo_run, scores):
    _, arrays = buffer(demo_run, scores, mode="paper")
    assert np.array_equal(arrays["base"], scores.rebuilt[arrays["rows"]])


def test_hidden_items_are_left_out_but_for_those_that_leave_the_list(demo_run, scores):
    own = steer(demo_run, scores)
    neuron = int(choose_knobs(demo_run, scores)[0].key)
    lists = steer(demo_run, scores, hide=[neuron])
    header, arrays = buffer(demo_run, scores, hide=[neuron])
    flagged = set(arrays["rows"][arrays["flags"] & HIDDEN > 0].tolist())
    assert flagged == set(lists.hidden.tolist()) & set(own.recommender["row"].tolist()) != set()
    assert header["complete"]


def test_a_large_catalogue_is_cut_to_what_the_sliders_can_bring_in(demo_run, scores, monkeypatch):
    monkeypatch.setattr(board_data, "MAX_ITEMS", 10)
    knobs, rng = choose_knobs(demo_run, scores)[:1], np.random.default_rng(0)
    header, arrays = unpack(board_buffer(demo_run, scores, knobs, 1, "exact", (), 5))
    kept = set(arrays["rows"].tolist())
    assert not header["complete"] and len(kept) < demo_run.dataset.n_items - len(scores.person.seen)
    for value in [header["low"], header["high"], *rng.uniform(header["low"], header["high"], 300)]:
        lists = steer(demo_run, scores, [Edit(int(knobs[0].key), "set", value)], top=5)
        assert set(lists.steered["row"].tolist()) <= kept


def test_of_a_catalogue_that_is_too_large_the_browser_only_gets_the_list(demo_run, scores, monkeypatch):
    monkeypatch.setattr(board_data, "MAX_ITEMS", 10)
    monkeypatch.setattr(board_data, "MAX_SENT", 10)
    header, arrays = buffer(demo_run, scores)
    assert not header["linear"] and "too large" in header["reason"] and len(arrays["rows"]) == 20


def test_the_answer_is_what_steer_and_explain_say(demo_run, scores):
    concept = next(iter(concepts_of(demo_run)))
    edits = [Edit(3, "set", 1.25), ConceptEdit(concept, -0.5)]
    lists = steer(demo_run, scores, edits)
    answer, said = board_answer(demo_run, scores, edits, "exact", (), 20), explain(demo_run, lists)
    assert answer["rows"] == lists.steered["row"].tolist() and answer["scores"] == lists.steered["score"].tolist()
    assert answer["edits"] == [["3", 1.25], [concept, -0.5]]
    assert answer["sentence"] == said.sentence and answer["warnings"] == said.warnings
    moved = scores.scores(scores.changes(edits), "exact")
    order = [row for row in np.argsort(-moved, kind="stable") if row not in scores.person.seen]
    assert answer["gone"] == [[row, order.index(row) + 1] for row in said.gone] != []


def test_a_turned_knob_without_a_slider_is_there_all_the_same(demo_run, scores):
    shown = {knob.key for knob in choose_knobs(demo_run, scores)}
    other = next(neuron for neuron in range(demo_run.index.n) if str(neuron) not in shown)
    header, _ = buffer(demo_run, scores, edits=[Edit(other, "set", 0.5)])
    assert [knob["key"] for knob in header["knobs"] if not knob["shown"]] == [str(other)]


@pytest.mark.parametrize("left", [0, 3])
def test_somebody_who_has_seen_nearly_everything_has_a_short_list(demo_run, left):
    person = person_of(demo_run, 0)
    seen = np.arange(demo_run.dataset.n_items - left)
    scores = PersonScores(demo_run, Person(person.embedding, seen))
    header, arrays = buffer(demo_run, scores)
    assert len(arrays["rows"]) == len(header["before"]) == left
    assert len(board_answer(demo_run, scores, [Edit(0, "set", 1.0)], "exact", (), 20)["rows"]) == left


def test_a_catalogue_without_genres_and_years_has_a_buffer(demo_run):
    bare = demo_run.dataset.items.assign(year=None)
    bare["year"] = bare["year"].astype("Int64")
    bare["genres"] = [[] for _ in range(len(bare))]
    run = replace(demo_run, dataset=replace(demo_run.dataset, items=bare))
    header, _ = buffer(run, PersonScores(run, person_of(run, 0)))
    assert header["facets"] == [] and set(header["items"]["year"]) == {None}
