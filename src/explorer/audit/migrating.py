"""Bring a database to this version's tables."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from explorer.audit.schema import version_of
from explorer.errors import UserError

_SCRIPTS = Path(__file__).with_name("migrations")
_LOCK = 0x45_58_50_4C
"""A number that nobody else locks in PostgreSQL."""


def migrate(connection: Connection, database: str) -> None:
    """Apply the migrations that the database lacks, in the transaction of the connection, all or none.

    Of several that begin at once the first applies them and the others find it done: an SQLite transaction that writes
    is alone, and PostgreSQL is asked for a lock. Raises `UserError` for a database of a newer version.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(sqlalchemy.select(sqlalchemy.func.pg_advisory_xact_lock(_LOCK)))
    config = configuration()
    now = version_of(connection)
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if now is not None and now not in known:
        raise UserError(
            f"The audit's database {database} was written by a newer version of Concept Explorer; update this one, or "
            "choose another database with EXPLORER_AUDIT_URL."
        )
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def configuration() -> Config:
    """Alembic's settings: where the migrations are."""
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    return config
