"""What is wrong with a database, as a sentence."""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from explorer.errors import shortened

_SQLITE = {
    sqlite3.SQLITE_BUSY: "is locked by another program; close that program and try again",
    sqlite3.SQLITE_LOCKED: "is locked by another program; close that program and try again",
    sqlite3.SQLITE_READONLY: "can only be read; allow writing to the file and to its folder",
    sqlite3.SQLITE_PERM: "may not be opened; allow reading and writing of the file and its folder",
    sqlite3.SQLITE_AUTH: "may not be opened; allow reading and writing of the file and its folder",
    sqlite3.SQLITE_FULL: "cannot grow, the disk is full; make room and try again",
    sqlite3.SQLITE_NOTADB: "is not an SQLite database; move the file away, or restore the database",
    sqlite3.SQLITE_CORRUPT: "is damaged; restore it from a copy, or move it away",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened; see that it is a file that may be read and written, in a folder too",
    sqlite3.SQLITE_IOERR: "cannot be read or written, the disk reports a fault; try again",
}
_POSTGRESQL = {
    "55P03": "is busy: others have been writing for too long; try again",
    "53100": "cannot grow, the disk of its server is full; make room and try again",
    "42501": "may not be used by this account; grant it the right to read and write tables",
    "25006": "can only be read; allow writing or name another server",
}
"""By SQLSTATE."""


def sentence_of(error: Exception, database: str) -> str:
    """A fault in one sentence; whatever was being stored is not."""
    origin = getattr(error, "orig", None) or error
    code = getattr(origin, "sqlite_errorcode", None)
    known = _SQLITE.get(code & 0xFF) if code is not None else _POSTGRESQL.get(getattr(origin, "sqlstate", None))
    if known is not None:
        return f"The audit's database {database} {known}."
    if isinstance(error, OSError):
        return f"The audit's database {database} cannot be used: {error.strerror or error}."
    if is_unreachable(error):
        return (
            f"The audit's database {database} cannot be reached ({_reason(origin)}); see that its server runs, and "
            "that the address is right."
        )
    return f"The audit's database {database} cannot be used: {_reason(origin)}."


def is_unreachable(error: Exception) -> bool:
    """Whether a server did not answer at all."""
    if isinstance(error, PoolTimeout):
        return True
    if not isinstance(error, OperationalError) or isinstance(error.orig, sqlite3.Error):
        return False
    return getattr(error.orig, "sqlstate", None) is None or error.connection_invalidated


def _reason(origin: Exception) -> str:
    """Its first line."""
    lines = str(origin).strip().splitlines() or [type(origin).__name__]
    return shortened(" ".join(lines[0].split()).rstrip("."), 200)
