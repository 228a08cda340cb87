"""Whatever happens to the database: a sentence, nothing lost, and what can be read is read."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import sqlite3
import sys
import tempfile
import threading
import time
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from explorer.audit import Audit, AuditStore, Conflict, Review, database
from explorer.audit.database import audit_url, database_at
from explorer.audit.schema import VERSION
from explorer.audit.turns import Turns
from tests.audit.conftest import sqlite_at
from tests.audit.postgresql import Server
from tests.helpers import refused

NOBODY = 65534


@pytest.fixture
def file(tmp_path) -> Path:
    return tmp_path / "audit.sqlite"


@pytest.fixture
def kept(run, file) -> AuditStore:
    """A store in a file, with one review."""
    store = AuditStore(run, sqlite_at(file))
    store.review(Review(1, "Ann", "real"))
    return store


@contextmanager
def connected(file: Path):
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        yield connection


def at_once(number: int, work) -> None:
    """Do the work in so many processes at the same moment; it gets the number of each."""
    context = multiprocessing.get_context("fork")
    start = context.Barrier(number)

    def begin(which: int) -> None:
        start.wait(30)
        work(which)

    workers = [context.Process(target=begin, args=(which,)) for which in range(number)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0] * number


# --- many at once


def test_many_processes_may_make_the_database_at_once(run, url):
    at_once(6, lambda which: AuditStore(run, url).review(Review(which, "Ann", "real")))
    assert [one.neuron for one in AuditStore(run, url).load().reviews] == list(range(6))
    if url.startswith("sqlite"):
        with connected(Path(url.removeprefix("sqlite:///"))) as connection:
            assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_of_many_who_saw_the_same_only_one_is_stored_and_the_others_are_told(store, run, url):
    """As the same person, of the same neuron, in threads as Streamlit has them and with an open transaction in each."""
    seen = store.review(Review(5, "Ann", "real"))
    told, start = [], threading.Barrier(8)

    def write(which: int) -> None:
        start.wait(30)
        try:
            AuditStore(run, url).review(Review(5, "Ann", "not", note=str(which)), since=seen.version)
        except Conflict as conflict:
            told.append(conflict.theirs)

    threads = [threading.Thread(target=write, args=(which,)) for which in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(store.history(5)) == 2 and told == [store.load().by(5, "Ann")] * 7


def test_who_reads_does_not_wait_for_who_writes_and_sees_nothing_half_done(store):
    store.review(Review(1, "Ann", "real"))
    before = store.load()
    with store.writing() as rows:
        rows.add([Review(2, "Ann", "real", version=1, at="2026-01-01T00:00:00.000+00:00")])
        done = []
        reader = threading.Thread(target=lambda: done.append(store.load()))
        reader.start()
        reader.join(20)
        assert done == [before]
    assert len(store.load().reviews) == 2


def test_what_fails_in_the_middle_is_not_stored_at_all(store):
    store.review(Review(1, "Ann", "real"))
    before = store.load()
    with pytest.raises(ZeroDivisionError), store.writing() as rows:
        rows.add([Review(2, "Zoe", "real", version=1, at="2026-01-01T00:00:00.000+00:00")])
        raise ZeroDivisionError
    assert store.load() == before and store.reviewers() == ["Ann"]


def test_threads_that_wait_get_their_turn_in_the_order_in_which_they_asked():
    turns, order = Turns(), []

    def wait(which: int) -> None:
        with turns.turn(30):
            order.append(which)

    with turns.turn(30):
        threads = [threading.Thread(target=wait, args=(which,)) for which in range(9)]
        for asked, thread in enumerate(threads):
            thread.start()
            while len(turns._waiting) < asked + 2:
                time.sleep(0.001)
        with pytest.raises(TimeoutError), turns.turn(0.01):
            pass
    for thread in threads:
        thread.join(30)
    assert order == list(range(9)) and not turns._waiting


# --- the file


def test_a_file_that_is_deleted_or_replaced_while_it_is_open_is_read_as_it_is_now(kept, file, run):
    copy = shutil.copy(file, file.with_name("copy"))
    kept.review(Review(1, "Ann", "not"))
    assert kept.load().by(1, "Ann").verdict == "not"
    shutil.copy(copy, file)  # onto the same file, as many programs restore one
    assert kept.load().by(1, "Ann").verdict == "real"
    kept.review(Review(1, "Ann", "partly"))  # as many versions as there were, and something else
    assert [one.verdict for one in kept.history(1)] == ["real", "partly"]
    assert kept.load().by(1, "Ann").verdict == "partly"
    file.unlink()
    assert kept.load() == Audit()
    kept.review(Review(2, "Ann", "real"))
    assert [one.neuron for one in AuditStore(run, sqlite_at(file)).load().reviews] == [2]


def test_what_is_stored_is_on_the_disk_and_in_the_log_that_lets_readers_go_on(kept):
    with kept.database.writing() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2  # FULL
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"


def test_a_database_of_a_newer_version_is_left_alone(kept, file):
    with connected(file) as connection:
        connection.execute("UPDATE audit_version SET version_num = '9999'")
    for attempt in (kept.load, lambda: kept.review(Review(1, "Ann", "not"))):
        with refused("newer version", "EXPLORER_AUDIT_URL", str(file)):
            attempt()
    with connected(file) as connection:
        assert connection.execute("SELECT count(*) FROM audit_review").fetchone() == (1,)


def test_a_locked_one_is_waited_for_and_then_named(kept, file, monkeypatch):
    monkeypatch.setattr(database, "READ_WAIT", 0.2)
    monkeypatch.setattr(database, "WRITE_WAIT", 0.2)
    with connected(file) as other:
        other.execute("BEGIN IMMEDIATE")
        with refused(str(file), "locked by another program"):
            kept.review(Review(2, "Ann", "real"))
        assert len(kept.load().reviews) == 1  # reading goes on
    with connected(file) as other:
        other.execute("PRAGMA locking_mode=EXCLUSIVE")
        other.execute("BEGIN IMMEDIATE")
        with refused(str(file), "locked by another program"):
            kept.load()
    kept.review(Review(2, "Ann", "real"))
    assert len(kept.load().reviews) == 2


@pytest.mark.skipif(os.geteuid() != 0, reason="needs a user that others can be told from")
@pytest.mark.parametrize("open_elsewhere", [False, True])
def test_one_that_may_only_be_read_is_read(run, open_elsewhere):
    with tempfile.TemporaryDirectory() as folder:  # others may enter it, unlike pytest's
        Path(folder).chmod(0o755)
        file = Path(folder) / "audit.sqlite"
        kept = AuditStore(run, sqlite_at(file))
        kept.review(Review(1, "Ann", "real"))
        with connected(file) as other:
            if open_elsewhere:  # then there is more than the file: a log that belongs to it
                other.execute("UPDATE audit_review SET note = 'in the log'")
            with somebody_else():
                assert [one.note for one in kept.load().reviews] == ["in the log" if open_elsewhere else ""]
                with refused(str(file), "can only be read"):
                    kept.review(Review(2, "Ann", "real"))
                with refused(folder, "Permission denied"):
                    AuditStore(run, sqlite_at(file.with_name("new") / file.name)).review(Review(1, "Ann", "real"))
        for path, words in ((file, "cannot be opened"), (file.parent, "Permission denied")):
            path.chmod(0)
            with somebody_else(), refused(str(file), words):
                kept.load()


@contextmanager
def somebody_else():
    """Do it as a user who is not root."""
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_full_disk_is_named_and_what_was_there_stays(kept, monkeypatch):
    original = database._open

    def nearly_full(file):
        connection = original(file)
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count={pages}")
        return connection

    with monkeypatch.context() as patched:
        patched.setattr(database, "_open", nearly_full)
        with refused("disk is full"):
            kept.review(Review(2, "Ann", "real", note="x" * 9000))
    assert [one.neuron for one in kept.load().reviews] == [1]


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda file: file.write_bytes(b"no database at all" * 1000), "is not an SQLite database"),
        (lambda file: (file.unlink(), file.mkdir()), "cannot be opened"),
        (lambda file: os.truncate(file, 5000), "is damaged"),
    ],
)
def test_a_file_that_is_no_database_is_named_and_left_alone(kept, file, spoil, words):
    spoil(file)
    before = file.read_bytes() if file.is_file() else None
    for attempt in (kept.load, lambda: kept.review(Review(1, "Ann", "not"))):
        with refused(str(file), words):
            attempt()
    assert before is None or file.read_bytes() == before


def test_an_empty_file_becomes_the_database(run, file):
    file.touch()
    store = AuditStore(run, sqlite_at(file))
    assert store.load() == Audit()
    store.review(Review(1, "Ann", "real"))
    with connected(file) as connection:
        assert connection.execute("SELECT version_num FROM audit_version").fetchall() == [(VERSION,)]


def test_a_folder_with_any_name_may_hold_it(run, tmp_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_RUNS", str(tmp_path / "a?b#c %20 ü"))
    AuditStore(run).review(Review(1, "Ann", "real"))
    assert (tmp_path / "a?b#c %20 ü" / "audit.sqlite").is_file() and len(AuditStore(run).load().reviews) == 1


# --- the server


def test_a_server_that_does_not_answer_is_named_without_its_password_and_pages_do_not_wait_for_it(run, monkeypatch):
    store = AuditStore(run, "postgres://ann:secret@127.0.0.1:1/team")
    with refused("cannot be reached", "127.0.0.1:1/team") as caught:
        store.load()
    assert "secret" not in str(caught.value)
    with monkeypatch.context() as patched:
        patched.setattr(store.database, "_engine", None)  # nobody asks it
        with refused("cannot be reached"):
            store.load()
    with refused("cannot be reached"):
        store.review(Review(1, "Ann", "real"))  # a writer asks again
    monkeypatch.setattr(database.time, "monotonic", lambda: 1e12)
    with refused("cannot be reached"):
        store.load()


@pytest.mark.slow
def test_a_server_that_is_restarted_is_found_again(run, server):
    with Server() as mine:
        store = AuditStore(run, mine.empty_database())
        store.review(Review(1, "Ann", "real"))
        mine.stop()
        with refused("cannot be reached"):
            store.review(Review(2, "Ann", "real"))
        mine.start()
        store.review(Review(2, "Ann", "real"))
        assert len(store.load().reviews) == 2


@pytest.mark.slow
def test_an_account_that_may_not_write_can_read(run, server):
    url = server.empty_database()
    AuditStore(run, url).review(Review(1, "Ann", "real"))
    with database_at(url).writing() as connection:
        connection.exec_driver_sql("CREATE ROLE reader LOGIN")
        connection.exec_driver_sql("GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader")
    store = AuditStore(run, url.replace("postgres@", "reader@"))
    assert len(store.load().reviews) == 1
    with refused("may not be used by this account"):
        store.review(Review(1, "Ann", "not"))


def test_without_its_driver_the_sentence_says_what_to_install(run, monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with refused("psycopg", "pip install"):
        AuditStore(run, "postgresql://nobody@localhost/none")


# --- which one


def test_it_is_beside_the_runs_unless_the_environment_says_otherwise(tmp_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_RUNS", str(tmp_path))
    assert audit_url().database == str(tmp_path / "audit.sqlite")
    monkeypatch.setenv("EXPLORER_AUDIT_URL", " postgres://ann@host/team ")
    assert audit_url().render_as_string() == "postgresql+psycopg://ann@host/team"
    for wrong in ("nonsense", "mysql://host/x", "sqlite://", "sqlite:///:memory:", "postgresql://host:port/x"):
        monkeypatch.setenv("EXPLORER_AUDIT_URL", wrong)
        with refused("EXPLORER_AUDIT_URL"):
            audit_url()
