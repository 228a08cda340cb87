"""The audit as a file: what goes out comes in, twice is once, and nothing is overwritten unasked."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

import pytest

from explorer.audit import Audit, AuditStore, Resolution, Review
from explorer.audit.exchange import export_csv, export_json, import_record, preview_import, read_record
from tests.audit.conftest import sqlite_at
from tests.audit.test_store import EVERYTHING, TRIAL
from tests.helpers import refused

NASTY = (
    "=1+1", "+49", "-2", "@SUM(A1)", "\tx", "'=1", "''+", "＝1", "it's", "'quoted'", "a,b;c", 'say "no"', "x\ny",
    "عربى 夜",
)  # fmt: skip


@pytest.fixture
def there(run, tmp_path) -> AuditStore:
    """The audit of the same run in another, empty database."""
    return AuditStore(run, sqlite_at(tmp_path / "there.sqlite"))


@pytest.fixture
def filled(store) -> AuditStore:
    """An audit with a history of every kind."""
    store.review(Review(5, "Ann", "real"))
    store.review(Review(5, "Ann", "not"))
    store.undo(5, "Ann")
    store.review(Review(5, "Bob", "partly", name="carried", inherited="before", action="inherit"))
    store.review(EVERYTHING)
    store.resolve(Resolution(5, "partly", "Night", "talked it over", "Bob"))
    store.resolve(Resolution(5, "real", "Night", "once more", "Ann"))
    store.answer(TRIAL)
    return store


def imported(store: AuditStore, content: bytes, name: str = "audit.json", **how):
    overwrite = how.pop("overwrite", False)
    return import_record(store, read_record(store, content, name, **how), overwrite)


def csv_file(*lines: str) -> bytes:
    return "\n".join(lines).encode()


# --- JSON


def test_json_has_everything_and_the_same_audit_gives_the_same_bytes(filled, there):
    merged = imported(there, export_json(filled))
    assert (len(merged.new), merged.resolutions, merged.trials, merged.conflicts) == (3, 1, 1, ())
    assert export_json(there) == export_json(filled)
    assert replace(there.load(), stamp=0) == replace(filled.load(), stamp=0)
    assert there.history(5) == filled.history(5)
    assert there.redo(5, "Ann").verdict == "not"


def test_imported_again_it_changes_nothing(filled, there):
    for content, name in ((export_json(filled), "a.json"), (export_csv(filled), "a.csv")):
        imported(there, content, name)
        before = there.load()
        merged = imported(there, content, name)
        assert not merged.changes and merged.same >= 3 and there.load() is before
        assert not imported(there, content, name, overwrite=True).changes


def test_a_history_that_goes_on_where_the_other_ends_is_no_conflict(filled, there):
    old = export_json(filled)
    imported(there, old)
    filled.review(Review(5, "Ann", "partly"))
    filled.undo(5, "Ann")
    filled.review(Review(5, "ann", "not", note="after all"))
    merged = imported(there, export_json(filled))
    assert [one.note for one in merged.new] == ["after all"] and not merged.conflicts
    assert export_json(there) == export_json(filled)
    assert not imported(there, old).changes  # what is older is known


def test_what_differs_is_shown_and_only_overwritten_when_asked(filled, there, url):
    there.review(Review(5, "ANN", "partly", name="mine"))
    there.resolve(Resolution(5, "not", reviewer="Zoe"))
    record = read_record(there, export_json(filled), "a.json")
    seen = preview_import(there, record)
    assert [(one.ours.verdict, one.theirs.verdict) for one in seen.conflicts] == [("partly", "real"), ("not", "real")]
    assert there.load().by(7, "Ann") is None  # a preview stores nothing

    left = import_record(there, record)
    assert "2 conflicts not overwritten" in left.sentence() and len(left.new) == 2
    assert there.load().by(5, "Ann").name == "mine" and there.load().resolution(5).verdict == "not"

    assert import_record(there, record, overwrite=True).changes
    assert there.load().by(5, "Ann").verdict == "real" and there.load().resolution(5).verdict == "real"
    assert [one.action for one in there.history(5, "Ann")] == ["review", "import"]
    assert there.undo(5, "Ann").name == "mine"


def test_conflicts_that_nobody_has_seen_are_not_overwritten(filled, there):
    there.review(Review(5, "Ann", "partly"))
    record = read_record(there, export_json(filled), "a.json")
    seen = preview_import(there, record)
    there.review(Review(5, "Ann", "skip", note="just now"))
    with refused("meanwhile"):
        import_record(there, record, overwrite=True, seen=seen)
    assert there.load().by(5, "Ann").note == "just now" and there.load().by(7, "Ann") is None


def test_reviewers_nobody_knows_are_named(filled, there):
    there.review(Review(1, "ann", "real"))
    assert preview_import(there, read_record(there, export_json(filled), "a.json")).sentence().endswith("new here: Bob")


def test_of_another_run_it_is_refused_or_arrives_as_inherited(filled, other_run, tmp_path):
    there = AuditStore(other_run, sqlite_at(tmp_path / "there.sqlite"))
    for content, name in ((export_json(filled), "a.json"), (export_csv(filled), "a.csv")):
        with refused(name, "another run", filled.run.name, "--other-run"):
            read_record(there, content, name)
    imported(there, export_json(filled), other_run=True)
    audit = there.load()
    assert {(one.neuron, one.reviewer, one.inherited, one.judged) for one in audit.reviews} == {
        (5, "Ann", filled.run.name, False),
        (7, "Ann", filled.run.name, False),
    }
    assert audit.resolutions == audit.trials == ()


# --- CSV


def test_csv_is_what_is_said_now_and_comes_back_as_it_was(filled, there):
    imported(there, export_csv(filled), "a.csv")
    plain = {"action": "review", "version": 0}
    assert [replace(one, **plain) for one in there.load().reviews] == [
        replace(one, **plain) for one in filled.load().reviews
    ]


def test_no_cell_is_a_formula_and_every_text_comes_back(store, there):
    for neuron, text in enumerate(NASTY):
        store.review(Review(neuron, text, "real", name=text, note=text, tags=(text, f"{text}|\\", "|")))
    content = export_csv(store)
    for row in csv.reader(io.StringIO(content.decode("utf-8-sig"))):
        assert not [cell for cell in row if cell[:1] and cell[0] in "=+-@\t\r＝＋－＠"]
    imported(there, content, "a.csv")
    said = [(one.reviewer, one.name, one.note, one.tags) for one in there.load().reviews]
    assert said == [(one.reviewer, one.name, one.note, one.tags) for one in store.load().reviews]


def test_a_file_made_by_hand_says_only_what_its_columns_say(store):
    store.review(replace(EVERYTHING, neuron=3))
    content = csv_file("Neuron;Verdict;reviewer", "3.0;REAL;", "4;partly;Zoe", ";;", "5;;Zoe")
    with refused("line 2: The reviewer has no name"):
        read_record(store, content, "hand.csv")
    merged = imported(store, content, "hand.csv", reviewer="ann", overwrite=True)
    assert len(merged.conflicts) == 1 and len(merged.new) == 2
    now = store.load().by(3, "Ann")
    assert (now.verdict, now.note, now.tags) == ("real", EVERYTHING.note, EVERYTHING.tags)


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["neuron,verdict", "99,real", "3,real", "-1,not"], ["line 2: There is no neuron 99", "line 4", "-1"]),
        (["neuron,verdict,confidence", "1,good,7"], ["line 2: verdict 'good' must be one of real, partly, not, skip"]),
        (["neuron,confidence", "1,sure", "2,5"], ["line 2: confidence 'sure'"]),
        (["neuron,confidence", "2,5"], ["line 2: The confidence 5"]),
        (["neuron,name", "1,a", "2,b", "1,c"], ["line 4: Ann has neuron 1 in line 2 already"]),
        (["neuron,name", "1,a,b"], ["line 2: it has 3 cells, the first line 2"]),
        (["name,verdict", "a,real"], ["must name the columns, among them neuron"]),
        (["neuron,seconds", "1,2"], ["says nothing of the neurons"]),
        (["neuron,name,name", "1,a,b"], ["a column twice"]),
        (['neuron,name', '1,"a'], ["is not CSV", "line 2"]),
        (["neuron,note", *(f"{n},x" for n in range(90, 110))], ["line 2", "line 9", "and 12 more"]),
        (["neuron,at,note", "1,yesterday,x"], ["'yesterday' must be a time"]),
        ([""], ["is not an audit"]),
    ],
)  # fmt: skip
def test_all_that_is_wrong_with_a_csv_is_named_by_line_and_nothing_is_imported(store, lines, words):
    with refused("bad.csv", *words):
        imported(store, csv_file(*lines), "bad.csv", reviewer="Ann")
    assert store.load() == Audit()


# --- files that are none


def spoiled(content: bytes, **changes) -> bytes:
    return json.dumps({**json.loads(content), **changes}).encode()


def test_a_json_that_is_not_an_audit_is_refused_in_words(filled, there):
    good = export_json(filled)
    first = json.loads(good)["reviews"][0]
    cases = [
        (good[: len(good) // 2], "not JSON, or it is cut short"),
        (b"\xff\xfe", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "is not an audit"),
        (b'{"format": "concept-explorer-steering", "version": 1}', "is not an audit"),
        (spoiled(good, version=99), "newer version"),
        (spoiled(good, run={"digest": "../x"}), "digest"),
        (spoiled(good, reviews=[first, {**first, "verdict": "maybe"}]), "reviews[2] verdict 'maybe'"),
        (spoiled(good, reviews=[{**first, "neuron": 10**30}]), "neuron"),
        (spoiled(good, reviews=[{**first, "neuron": 99}, {**first, "neuron": 98}]), "review 2: There is no neuron 98"),
        (spoiled(good, reviews=[{**first, "at": "soon"}]), "must be a time"),
        (spoiled(good, reviews=[{**first, "name": "x" * 300}]), "300 characters"),
        (spoiled(good, trials=[{**json.loads(good)["trials"][0], "items": [10**6]}]), "items that this run does not"),
    ]
    for content, words in cases:
        with refused("a.json", words):
            imported(there, content, "a.json")
    assert there.load() == Audit()
    with refused("a.txt", ".json, .csv"):
        imported(there, good, "a.txt")
