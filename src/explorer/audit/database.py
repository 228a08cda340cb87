"""Where the audit is kept: SQLite beside the runs, or the database that `EXPLORER_AUDIT_URL` names.

A database of an older version is migrated when it is opened; one of a newer version is refused.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from explorer.errors import UserError, shortened
from explorer.runs import runs_folder

URL_VARIABLE = "EXPLORER_AUDIT_URL"
FILE = "audit.sqlite"
"""In the runs folder."""
_WAIT = 30
"""Seconds that a writer waits for others."""
_engines: dict[str, Engine] = {}
_lock = threading.Lock()


def audit_url() -> str:
    """The address of the database, as SQLAlchemy reads it."""
    return os.environ.get(URL_VARIABLE) or f"sqlite:///{(runs_folder() / FILE).absolute()}"


def exists(url: str) -> bool:
    """Whether there is anything to read: reading alone makes no file."""
    parsed = sqlalchemy.make_url(url)
    return parsed.get_backend_name() != "sqlite" or (parsed.database is not None and Path(parsed.database).is_file())


@contextmanager
def reading(url: str) -> Iterator[Connection]:
    """A connection to read from."""
    with _words(url), _engine(url).connect() as connection:
        yield connection


@contextmanager
def writing(url: str) -> Iterator[Connection]:
    """A transaction that is stored whole or not at all; others who write wait for its end."""
    with _words(url), _engine(url).connect().execution_options(explorer_writes=True) as connection, connection.begin():
        yield connection


def _engine(url: str) -> Engine:
    with _lock:
        if url not in _engines:
            _engines[url] = _opened(url)
        return _engines[url]


def _opened(url: str) -> Engine:
    from explorer.audit.migrating import migrate

    parsed = sqlalchemy.make_url(url)
    if parsed.get_backend_name() != "sqlite":
        engine = sqlalchemy.create_engine(parsed, pool_pre_ping=True)
    else:
        if parsed.database:
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        engine = sqlalchemy.create_engine(parsed, connect_args={"timeout": _WAIT})
        event.listen(engine, "connect", _connected)
        event.listen(engine, "begin", _begun)
    migrate(engine)
    return engine


def _connected(connection, _record) -> None:
    connection.isolation_level = None  # transactions begin where `_begun` says, not where the driver guesses
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begun(connection: Connection) -> None:
    """A transaction that will write waits at its beginning: one that has read first could not wait any more."""
    writes = connection.get_execution_options().get("explorer_writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def _words(url: str) -> Iterator[None]:
    """Faults of the database as sentences."""
    try:
        yield
    except sqlalchemy.exc.IntegrityError:
        raise
    except (SQLAlchemyError, DBAPIError, OSError) as error:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()
        raise UserError(
            f"The audit's database {shown_url(url)} cannot be used: {shortened(reason[0] if reason else error, 200)}."
        ) from error


def shown_url(url: str) -> str:
    """The address without its password, for a sentence."""
    parsed = sqlalchemy.make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return str(parsed.database)
    return parsed.render_as_string(hide_password=True)
