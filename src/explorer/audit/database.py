"""Where the audit is kept: SQLite beside the runs, or the PostgreSQL that `EXPLORER_AUDIT_URL` names.

Nothing about a database is taken for granted from one transaction to the next, for the file may be deleted or replaced
while a server runs: every transaction begins by asking which version of the tables there is. A database of an older
version is migrated; one of a newer version is refused.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote

import sqlalchemy
from sqlalchemy import URL, Connection, Engine, event
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from explorer.audit.faults import is_unreachable, sentence_of
from explorer.audit.schema import VERSION, version_of
from explorer.audit.turns import Turns
from explorer.errors import UserError
from explorer.runs import runs_folder

URL_VARIABLE = "EXPLORER_AUDIT_URL"
FILE = "audit.sqlite"
"""In the runs folder."""
WRITE_WAIT = 60
"""Seconds that a writer waits for others."""
READ_WAIT = 5
"""Seconds that a reader waits for a program that has locked the whole file; other writers keep nobody from reading."""
CONNECT_WAIT = 3
"""Seconds for a connection to PostgreSQL."""
PAUSE = 10
"""Seconds after which a server that did not answer is asked again by those who only read: pages do not wait for it each
time they are drawn."""
_SERVER = {"connect_timeout": CONNECT_WAIT, "tcp_user_timeout": 10_000}
"""What a connection to PostgreSQL is asked for: a server that has gone is noticed before TCP gives up."""
_ASK_EVERY = 20
"""Milliseconds, at most, between two attempts to begin writing while another process writes."""
_POSTGRESQL = ("postgres", "postgresql", "postgresql+psycopg")


def audit_url() -> URL:
    """The address of the database."""
    given = os.environ.get(URL_VARIABLE, "").strip()
    return checked_url(given) if given else sqlite_url(runs_folder() / FILE)


def sqlite_url(file: Path) -> URL:
    """The address of a file."""
    return URL.create("sqlite", database=str(file.absolute()))


def checked_url(given: str | URL) -> URL:
    """An address that the audit can be kept at."""
    try:
        url = sqlalchemy.make_url(given)
    except (ArgumentError, ValueError):
        raise UserError(
            f"{URL_VARIABLE} is not the address of a database; write it like "
            "postgresql+psycopg://user:password@host/database, or remove it to keep the audit beside the runs."
        ) from None
    if url.drivername in _POSTGRESQL:
        return url.set(drivername=_POSTGRESQL[-1])
    if url.get_backend_name() == "sqlite" and url.database not in (None, "", ":memory:"):
        return sqlite_url(Path(url.database))
    raise UserError(
        f"The audit cannot be kept in {url.render_as_string()}: {URL_VARIABLE} takes an SQLite file (sqlite:///…) and "
        "PostgreSQL (postgresql+psycopg://…)."
    )


def database_at(url: str | URL | None = None) -> Database:
    """The database at an address, by default at `audit_url()`: one object per process."""
    # A process that was forked must not use connections of its parent.
    return _opened(audit_url() if url is None else checked_url(url), os.getpid())


@lru_cache(maxsize=64)
def _opened(url: URL, _process: int) -> Database:
    return Database(url)


class Database:
    """A database that many threads and processes read from and write to."""

    def __init__(self, url: URL):
        self.url = url
        self.file = Path(url.database) if url.get_backend_name() == "sqlite" else None
        self._engine = _sqlite(self.file) if self.file else _postgresql(url)
        self._turns = Turns()
        self._silent_until, self._why_silent = 0.0, ""

    @property
    def shown(self) -> str:
        """The address without its password, for a sentence."""
        return str(self.file) if self.file else self.url.render_as_string()

    @property
    def exists(self) -> bool:
        """Whether there is anything to read: reading alone makes no file."""
        try:
            return self.file is None or bool(self.file.stat())
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError:
            return True  # something that may not be looked at; opening it says why

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees the database as of one moment, whatever others write meanwhile."""
        if time.monotonic() < self._silent_until:
            raise UserError(self._why_silent)
        with self._in_words(), self._transaction(writes=False) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that is stored whole or not at all; others who write wait for its end."""
        with self._in_words(), self._taking_turns(), self._transaction(writes=True) as connection:
            yield connection

    @contextmanager
    def _transaction(self, writes: bool) -> Iterator[Connection]:
        if not self.exists:
            self._migrate()
        with self._begun(writes) as connection:
            now = version_of(connection)
            if now == VERSION:
                yield connection
                return
        self._migrate()
        with self._begun(writes) as connection:
            yield connection

    @contextmanager
    def _begun(self, writes: bool, migrates: bool = False) -> Iterator[Connection]:
        options = {"explorer_writes": writes, "explorer_migrates": migrates}
        if not self.file and not writes:
            options |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with self._engine.connect().execution_options(**options) as connection, connection.begin():
            yield connection

    @contextmanager
    def _taking_turns(self) -> Iterator[None]:
        """Writers of one process queue here; a server of PostgreSQL has a queue of its own."""
        if not self.file:
            yield
            return
        try:
            with self._turns.turn(WRITE_WAIT):
                yield
        except TimeoutError:
            raise UserError(f"{self.shown} is busy: others have been writing for {WRITE_WAIT} s; try again.") from None

    def _make(self) -> None:
        """The file, in the mode in which readers and writers do not wait for each other."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self.file, timeout=WRITE_WAIT, isolation_level=None)
        try:
            until = time.monotonic() + WRITE_WAIT
            while True:
                try:
                    connection.execute("PRAGMA journal_mode=WAL")
                    return
                except sqlite3.OperationalError as error:
                    # Two processes that make it at once: for this step SQLite does not wait.
                    if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                        raise
                    time.sleep(0.01)
        finally:
            connection.close()

    def _migrate(self) -> None:
        from explorer.audit.migrating import migrate  # not before it is needed: Alembic takes a while to import

        if self.file:
            self._make()
        with self._begun(writes=True, migrates=True) as connection:
            migrate(connection, self.shown)

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        """Faults of the database as sentences."""
        try:
            yield
        except (SQLAlchemyError, sqlite3.Error, OSError) as error:
            sentence = sentence_of(error, self.shown)
            if is_unreachable(error):
                self._silent_until, self._why_silent = time.monotonic() + PAUSE, sentence
            raise UserError(sentence) from error
        self._silent_until = 0.0


def _sqlite(file: Path) -> Engine:
    """A connection per transaction: it takes 2 ms, and never holds on to a file that has been deleted or replaced."""
    engine = sqlalchemy.create_engine("sqlite://", creator=lambda: _open(file), poolclass=NullPool)
    event.listen(engine, "begin", _begin)
    return engine


def _open(file: Path) -> sqlite3.Connection:
    how = "mode=rw"
    if not all(os.access(path, os.W_OK, effective_ids=_EFFECTIVE) for path in (file, file.parent)):
        log = file.with_name(f"{file.name}-wal")
        # Without a log nobody is writing; then it can be read without the files that writers share beside it.
        how = "mode=ro" if log.exists() else "mode=ro&immutable=1"
    connection = sqlite3.connect(
        f"file:{quote(str(file))}?{how}", uri=True, timeout=READ_WAIT, isolation_level=None, check_same_thread=False
    )
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")
    return connection


_EFFECTIVE = os.access in os.supports_effective_ids


def _begin(connection: Connection) -> None:
    """A transaction that will write waits at its beginning: one that has read first could not wait any more."""
    options = connection.get_execution_options()
    if options.get("explorer_migrates"):  # SQLite changes a table by making it anew, which others refer to
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
    if options.get("explorer_writes"):
        _wait_for_turn(connection.connection.dbapi_connection)
    else:
        connection.exec_driver_sql("BEGIN")


def _wait_for_turn(connection: sqlite3.Connection) -> None:
    """Begin to write as soon as other processes let us.

    SQLite's own waiting asks ever more rarely, so that whoever has waited longest waits on; here all ask alike.
    """
    until = time.monotonic() + WRITE_WAIT
    connection.execute("PRAGMA busy_timeout=0")
    while True:
        try:
            connection.execute("BEGIN IMMEDIATE")
            break
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep((1 + secrets.randbelow(_ASK_EVERY)) / 1000)
    connection.execute(f"PRAGMA busy_timeout={1000 * READ_WAIT:.0f}")


def _postgresql(url: URL) -> Engine:
    try:
        engine = sqlalchemy.create_engine(
            url,
            pool_pre_ping=True,
            pool_size=4,
            max_overflow=28,
            connect_args={name: value for name, value in _SERVER.items() if name not in url.query},
        )
    except ModuleNotFoundError:
        raise UserError(
            f"{URL_VARIABLE} names a PostgreSQL database, for which psycopg is needed: "
            "pip install 'concept-explorer[postgresql]'."
        ) from None
    event.listen(engine, "connect", _limited)
    return engine


def _limited(connection, _record) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = '{WRITE_WAIT}s'")
    connection.commit()
