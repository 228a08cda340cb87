"""The audit in a run's zip: it goes out with the run, and what is wrong with it keeps nobody from the run."""

from __future__ import annotations

import io
import shutil
import zipfile

import pytest

from explorer.audit import Audit, AuditStore, Review
from explorer.audit.card import TITLE, audited_card
from explorer.audit.exchange import export_json
from explorer.audit.travel import export_with_audit, import_with_audit
from explorer.runs import AUDIT_FILE, archive, delete_run, export_run, load_run, read_beside, rename_run
from tests.audit.conftest import sqlite_at
from tests.audit.test_store import EVERYTHING
from tests.helpers import refused


@pytest.fixture
def store(run, tmp_path, monkeypatch) -> AuditStore:
    """The audit of a copy of a run, beside it."""
    monkeypatch.setenv("EXPLORER_RUNS", str(tmp_path))
    store = AuditStore(load_run(shutil.copytree(run.path, tmp_path / "mine")))
    store.review(Review(7, "Ann", "real"))
    store.review(EVERYTHING)
    return store


@pytest.fixture
def elsewhere(tmp_path) -> dict:
    """Where nobody has said anything."""
    (tmp_path / "there").mkdir()
    return {"runs": tmp_path / "there", "url": sqlite_at(tmp_path / "there" / "audit.sqlite")}


def with_audit(store: AuditStore, content: bytes) -> io.BytesIO:
    """The run's zip with another audit in it."""
    return io.BytesIO(export_run(store.run.path, {AUDIT_FILE: content}))


def test_the_audit_travels_with_the_run_and_is_merged_where_it_arrives(store, elsewhere):
    content = export_with_audit(store.run.path)
    assert export_with_audit(store.run.path) == content
    arrived = import_with_audit(io.BytesIO(content), **elsewhere)
    there = AuditStore(load_run(arrived.path), elsewhere["url"])
    assert export_json(there) == export_json(store) and "1 review new" in arrived.sentence()
    assert sorted(path.name for path in arrived.path.iterdir()) == sorted(
        path.name for path in store.run.path.iterdir()
    )

    again = import_with_audit(io.BytesIO(content), **elsewhere)
    assert again.path != arrived.path and not again.audit.changes and "known here already" in again.sentence()
    there.review(Review(7, "Ann", "not"))
    assert "conflict" not in import_with_audit(io.BytesIO(content), **elsewhere).sentence()  # what arrives is older
    store.undo(7, "Ann")
    arrived = import_with_audit(io.BytesIO(export_with_audit(store.run.path)), **elsewhere)
    assert "1 conflict not overwritten" in arrived.sentence() and there.load().by(7, "Ann").verdict == "not"


def test_a_run_nobody_said_anything_of_is_exported_as_ever(run, elsewhere, store, tmp_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_RUNS", str(tmp_path / "empty"))
    content = export_with_audit(run.path)
    assert content == export_run(run.path) and not (tmp_path / "empty").exists()
    arrived = import_with_audit(io.BytesIO(content), **elsewhere)
    assert arrived.audit is None and arrived.problem == "" and not (elsewhere["runs"] / "audit.sqlite").exists()


@pytest.mark.parametrize(
    ("audit", "words"),
    [
        (b"", "not JSON"),
        (b"[" * 10**6, "not JSON"),
        (b'{"format": "concept-explorer-audit", "version": 2}', "newer version"),
        (b"\0" * 50_000_000, "more than"),
    ],
)
def test_a_damaged_or_hostile_audit_is_left_out_and_the_run_imported(audit, words, store, elsewhere):
    arrived = import_with_audit(with_audit(store, audit), **elsewhere)
    assert load_run(arrived.path).digest == store.run.digest
    assert words in arrived.problem and "without its audit" in arrived.sentence()
    assert AuditStore(store.run, elsewhere["url"]).load() == Audit()


def test_the_audit_of_another_run_is_left_out(store, other_run, elsewhere):
    foreign = AuditStore(other_run, sqlite_at(elsewhere["runs"] / "other.sqlite"))
    foreign.review(Review(1, "Ann", "real"))
    arrived = import_with_audit(with_audit(store, export_json(foreign)), **elsewhere)
    assert "another run" in arrived.problem and arrived.path.is_dir()


def test_a_damaged_run_is_refused_whole_whatever_its_audit_is(store, elsewhere):
    files = zipfile.ZipFile(io.BytesIO(export_with_audit(store.run.path)))
    bad = io.BytesIO()
    with zipfile.ZipFile(bad, "w") as content:
        for name in files.namelist():
            content.writestr(name, b"x" if name.endswith("history.parquet") else files.read(name))
    with refused("history.parquet"):
        import_with_audit(bad, **elsewhere)
    assert list(elsewhere["runs"].iterdir()) == []


def test_an_audit_that_is_too_large_does_not_travel(store, monkeypatch):
    monkeypatch.setitem(archive.BESIDE, AUDIT_FILE, 100)
    with refused(AUDIT_FILE, "share it by itself"):
        export_with_audit(store.run.path)


def test_the_zip_says_nothing_of_an_audit_to_those_who_only_want_the_run(store, tmp_path):
    path = tmp_path / "run.zip"
    path.write_bytes(export_with_audit(store.run.path))
    assert read_beside(path, AUDIT_FILE) == export_json(store)
    assert read_beside(io.BytesIO(export_run(store.run.path)), AUDIT_FILE) is None


def test_a_run_that_is_renamed_or_deleted_and_brought_back_has_its_audit(store):
    content, before = export_run(store.run.path), store.load()
    moved = rename_run(store.run.path, "other")
    assert AuditStore(load_run(moved)).load() == before
    delete_run(moved)
    arrived = import_with_audit(io.BytesIO(content), moved.parent, "back")
    assert AuditStore(load_run(arrived.path)).load() == before


def test_the_card_says_what_people_say(store, run, tmp_path, monkeypatch):
    card = audited_card(store.run.path)
    assert TITLE in card and "named neurons" in card and card.index(TITLE) < card.index("## How well it recommends")
    (tmp_path / "audit.sqlite").write_bytes(b"not a database, but long enough to look like one" * 100)
    assert "is not an SQLite database" in audited_card(store.run.path)
    monkeypatch.setenv("EXPLORER_RUNS", str(tmp_path / "empty"))
    assert TITLE not in audited_card(store.run.path)
