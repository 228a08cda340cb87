"""What is said of a run is there afterwards, for everybody, and nothing of it is ever overwritten."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from explorer.audit import Audit, AuditStore, Conflict, Resolution, Review, Trial, snapshot
from explorer.audit.checks import checked_review
from explorer.audit.values import MAX_NOTE, MAX_OWN_NAME, MAX_TAGS
from explorer.errors import UserError
from tests.helpers import refused

EVERYTHING = Review(
    7,
    "Ann",
    "partly",
    name="Nächtliche Straßen 夜 🎬",
    note="first line\nsecond 'line' \"; DROP TABLE audit_review; --",
    tags=("era", "mood"),
    confidence=3,
    blind=True,
    seconds=12.5,
)
TRIAL = Trial(3, "Ann", "intruder", 2**40, (1, 2, 3, 4, 5, 6), (2,), (2,), 1, 1, 1 / 6, 8.25)


def said(review: Review) -> Review:
    """Without what the database adds."""
    return replace(review, version=0, at="")


def test_what_was_said_is_there_for_whoever_opens_the_run_again(store, again, run):
    stored = store.review(EVERYTHING)
    resolved = store.resolve(Resolution(7, "real", "Night", "agreed", "Bob"))
    answered = store.answer(TRIAL)
    audit = again(run).load()
    assert audit.reviews == (stored,) and said(stored) == EVERYTHING and stored.version == 1 and stored.at
    assert audit.resolutions == (resolved,) and audit.trials == (answered,)
    assert again(run).reviewers() == ["Ann", "Bob"]


def test_reading_makes_no_database(run, tmp_path):
    store = AuditStore(run, f"sqlite:///{tmp_path / 'audit.sqlite'}")
    assert (store.load(), store.history(1), store.reviewers()) == (Audit(), [], [])
    assert list(tmp_path.iterdir()) == []


def test_the_latest_is_what_is_said_now_and_the_history_has_all(store):
    steps = [store.review(Review(5, "Ann", verdict)) for verdict in ("real", "not", "partly")]
    assert store.load().reviews == (steps[-1],)
    assert store.history(5) == steps and [one.version for one in steps] == [1, 2, 3]
    for verdict in ("real", "not"):
        store.resolve(Resolution(5, verdict, reviewer="Bob"))
    assert [(one.verdict, one.version) for one in store.load().resolutions] == [("not", 2)]


def test_runs_keep_apart_and_a_copy_of_a_run_shares_its_audit(store, again, run, other_run, tmp_path):
    store.review(Review(5, "Ann", "real"))
    assert again(other_run).load() == Audit()
    assert again(replace(run, path=tmp_path / "copy")).load().by(5, "Ann").verdict == "real"


def test_one_reviewer_is_one_person_whatever_the_case_of_the_name(store):
    store.review(Review(5, "Ann Straße", "real"))
    store.review(Review(5, "ANN STRASSE", "not"))
    assert [(one.reviewer, one.verdict) for one in store.load().reviews] == [("Ann Straße", "not")]


def test_the_audit_is_read_once_as_long_as_nothing_is_stored(store, again, run):
    store.review(Review(5, "Ann", "real"))
    first = store.load()
    assert again(run).load() is first
    store.review(Review(5, "Ann", "real"))
    assert store.load() is not first and store.load().stamp != first.stamp


# --- two at once


def test_who_did_not_see_the_latest_is_shown_it_and_overwrites_nothing(store):
    seen = store.review(Review(5, "Ann", "real"))
    theirs = store.review(Review(5, "Ann", "not"), since=seen.version)
    with pytest.raises(Conflict, match="meanwhile") as caught:
        store.review(Review(5, "Ann", "partly"), since=seen.version)
    assert caught.value.theirs == theirs
    assert store.review(Review(5, "Ann", "partly"), since=theirs.version).version == 3
    assert store.review(Review(5, "Bob", "not"), since=0).version == 1


def test_a_resolution_that_was_changed_meanwhile_is_shown_too(store):
    theirs = store.resolve(Resolution(5, "real", reviewer="Ann"), since=0)
    with pytest.raises(Conflict) as caught:
        store.resolve(Resolution(5, "not", reviewer="Bob"), since=0)
    assert caught.value.theirs == theirs and store.load().resolutions == (theirs,)


# --- undo


def verdicts(store, *steps: str) -> list[str | None]:
    """What Ann says of neuron 5 after each step."""
    found = []
    for step in steps:
        review = getattr(store, step)(5, "Ann") if step in ("undo", "redo") else store.review(Review(5, "Ann", step))
        found.append(review.verdict)
    return found


def test_undo_goes_back_step_by_step_and_redo_forward_again(store):
    steps = ("real", "not", "undo", "undo", "redo", "redo", "undo", "partly", "undo")
    assert verdicts(store, *steps) == ["real", "not", "real", None, "real", "not", "real", "partly", "real"]
    assert [one.action for one in store.history(5, "ann")] == [
        step if step in ("undo", "redo") else "review" for step in steps
    ]
    assert store.load().by(5, "Ann").verdict == "real"


def test_what_was_never_said_cannot_be_taken_back_nor_done_again(store):
    with refused("nothing", "Ann", "neuron 5", "taken back"):
        store.undo(5, "Ann")
    verdicts(store, "real", "undo")
    with refused("taken back"):
        store.undo(5, "Ann")
    verdicts(store, "redo")
    with refused("done again"):
        store.redo(5, "Ann")
    verdicts(store, "undo", "not")
    with refused("done again"):  # something else was said since
        store.redo(5, "Ann")
    assert [one.action for one in store.history(5)] == ["review", "undo", "redo", "undo", "review"]


def test_what_was_imported_or_inherited_is_a_step_that_can_be_taken_back(store):
    store.review(Review(5, "Ann", "real", name="old", inherited="before", action="inherit"))
    store.review(Review(5, "Ann", "not", action="import"))
    undone = store.undo(5, "Ann")
    assert (undone.verdict, undone.name, undone.inherited, undone.judged) == ("real", "old", "before", False)
    assert said(store.undo(5, "Ann")) == Review(5, "Ann", action="undo")


def test_undo_takes_back_nothing_that_was_not_seen(store):
    seen = store.review(Review(5, "Ann", "real"))
    store.review(Review(5, "Ann", "not"))
    with pytest.raises(Conflict):
        store.undo(5, "Ann", since=seen.version)


# --- what may be said


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"neuron": 32}, "neurons 0 to 31"),
        ({"neuron": -1}, "no neuron -1"),
        ({"verdict": "maybe"}, "'maybe' is not a verdict"),
        ({"confidence": 4}, "confidence 4"),
        ({"reviewer": " \u200b "}, "no name"),
        ({"name": "x" * 2000}, "2,000 characters"),
        ({"note": "x" * (MAX_NOTE + 1)}, "at most 10,000"),
        ({"tags": tuple(map(str, range(MAX_TAGS + 1)))}, "21 tags"),
        ({"action": "delete"}, "not an action"),
    ],
)
def test_what_may_not_be_stored_is_refused_in_a_sentence(store, wrong, words):
    with refused(words):
        store.review(replace(Review(5, "Ann", "real"), **wrong))
    assert not store.database.exists or store.load() == Audit()


def test_texts_are_kept_in_any_script_and_lose_only_what_nobody_sees(run):
    messy = Review(5, " Ann\tLee ", name="\u202e" + "a\u0308 \x00 б\ud800", note=" x\r\ny\rz\n ", tags=("a", " a ", ""))
    clean = checked_review(run, messy)
    assert (clean.reviewer, clean.name, clean.note, clean.tags) == ("Ann Lee", "ä б", "x\ny\nz", ("a",))
    longest = "𝔊" * MAX_OWN_NAME
    assert checked_review(run, Review(5, "Ann", name=longest)).name == longest


def test_numbers_of_numpy_are_numbers(store):
    one = np.int64(1)
    store.review(Review(np.int64(5), "Ann", "real", confidence=one, blind=np.bool_(True), seconds=np.float32(2)))
    trial = replace(TRIAL, neuron=np.int32(5), items=tuple(np.arange(3)), answer=(one,), right=(one,))
    store.answer(trial)
    assert store.load().by(5, "Ann").confidence == 1 and store.load().trials[0].items == (0, 1, 2)


@pytest.mark.parametrize(
    "wrong", [{"items": (10**6,)}, {"correct": 2}, {"chance": 1.5}, {"kind": "guess"}, {"neuron": 99}]
)
def test_a_test_that_cannot_have_been_asked_is_refused(store, wrong):
    with pytest.raises(UserError):
        store.answer(replace(TRIAL, **wrong))


def test_a_run_that_is_not_saved_has_no_audit(run):
    with refused("not saved"):
        AuditStore(replace(run, digest=""))


# --- what is read once and then brought up to date


def test_an_audit_brought_up_to_date_is_the_one_that_is_read_anew(store, again, run, rng):
    for step in range(60):
        neuron, reviewer = int(rng.integers(6)), ("Ann", "bob", "BOB", "Zoe")[rng.integers(4)]
        match rng.integers(5):
            case 0:
                store.resolve(Resolution(neuron, ("real", None)[rng.integers(2)], reviewer=reviewer))
            case 1:
                store.answer(replace(TRIAL, neuron=neuron, reviewer=reviewer))
            case 2 if store.history(neuron, reviewer) and store.load().by(neuron, reviewer).action == "review":
                store.undo(neuron, reviewer)
            case _:
                at = "" if rng.integers(3) else f"2026-01-01T00:00:0{rng.integers(3)}.000+00:00"
                store.review(Review(neuron, reviewer, "real", note=str(step), at=at))
        if rng.integers(3):  # else several steps at once
            warm = store.load()
            snapshot._kept.clear()
            assert again(run).load() == warm


def test_many_new_rows_are_read_too(store, monkeypatch):
    monkeypatch.setattr(snapshot, "MAX_NEW", 3)
    store.review(Review(1, "Ann", "real"))
    assert len(store.load().reviews) == 1
    for neuron in range(2, 9):
        store.review(Review(neuron, "Ann", "real"))
    assert [one.neuron for one in store.load().reviews] == list(range(1, 9))
