"""The tables of the code are those that the migrations make, and no migration loses what was said."""

from __future__ import annotations

import shutil
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from explorer.audit import Audit, AuditStore, Resolution, Review, database, migrating, schema
from explorer.audit.database import database_at
from explorer.audit.schema import METADATA, VERSION, VERSION_TABLE
from tests.audit.conftest import sqlite_at
from tests.audit.test_store import EVERYTHING, TRIAL
from tests.helpers import refused

OLD = sorted(Path(__file__).parent.glob("version-*.sql"))
"""Databases as each version left them, with something of everything."""
LATER = """
import sqlalchemy as sa
from alembic import op

revision = "later"
down_revision = "{before}"


def upgrade():
    with op.batch_alter_table("audit_review") as table:
        table.add_column(sa.Column("mood", sa.Text, nullable=False, server_default="calm"))
        table.alter_column("note", new_column_name="remark")
    with op.batch_alter_table("audit_run") as table:  # which all others refer to
        table.alter_column("neurons", type_=sa.BigInteger(), existing_type=sa.Integer())
    {more}
"""


@pytest.fixture
def later(tmp_path, monkeypatch):
    """Make this version one that has a further migration."""

    def install(more: str = "") -> None:
        scripts = shutil.copytree(migrating._SCRIPTS, tmp_path / "migrations")
        (scripts / "versions" / "later.py").write_text(LATER.format(before=VERSION, more=more))
        monkeypatch.setattr(migrating, "_SCRIPTS", scripts)
        monkeypatch.setattr(database, "VERSION", "later")

    return install


def test_the_migrations_make_the_tables_of_the_code(url):
    with database_at(url).writing() as connection:
        options = {"compare_type": True, "compare_server_default": True, "version_table": VERSION_TABLE}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, METADATA) == []
        made = set(inspect(connection).get_table_names())
        assert made == {*METADATA.tables, VERSION_TABLE}
        for table in METADATA.tables.values():
            ours = {tuple(column.name for column in one.columns) for one in table.constraints if one.name is None}
            unique = {tuple(one["column_names"]) for one in inspect(connection).get_unique_constraints(table.name)}
            assert {one for one in ours if len(one) > 1} <= unique
            keys = {one["referred_table"] for one in inspect(connection).get_foreign_keys(table.name)}
            assert keys == {key.column.table.name for key in table.foreign_keys}


def test_the_version_of_the_code_is_the_last_migration():
    assert ScriptDirectory.from_config(migrating.configuration()).get_heads() == [VERSION]
    assert schema.VERSION == VERSION


def test_a_database_that_is_migrated_keeps_everything(store, url, later):
    store.review(EVERYTHING)
    store.review(Review(7, "Bob", "not"))
    store.resolve(Resolution(7, "partly", reviewer="Bob"))
    store.answer(TRIAL)
    before = {name: rows_of(url, name) for name in METADATA.tables}
    later()
    after = {name: rows_of(url, name) for name in METADATA.tables}
    for row in after["audit_review"]:
        assert row.pop("mood") == "calm"
        row["note"] = row.pop("remark")
    assert after == before and len(before["audit_review"]) == 2


def test_a_migration_that_fails_changes_nothing(store, later, monkeypatch):
    store.review(EVERYTHING)
    before = store.load()
    later("raise OSError(28, 'No space left on device')")
    with refused("No space left"):
        store.load()
    monkeypatch.undo()  # the older version again
    assert store.load() == before


@pytest.mark.parametrize("dump", OLD, ids=lambda path: path.stem)
def test_a_database_of_every_version_there_was_can_be_read_and_written(dump, run, tmp_path):
    file = tmp_path / "audit.sqlite"
    with sqlite3.connect(file) as connection:
        connection.executescript(dump.read_text())
        digest = connection.execute("SELECT digest FROM audit_run").fetchone()[0]
    store = AuditStore(replace(run, digest=digest), sqlite_at(file))
    audit = store.load()
    assert audit != Audit() and audit.by(7, "Ann").note == EVERYTHING.note and audit.trials[0].items == TRIAL.items
    assert audit.standing(7) == "partly" and [one.verdict for one in store.history(5)] == ["real", "not", "real"]
    assert store.undo(5, "Ann").version == 4


def rows_of(url: str, table: str) -> list[dict]:
    with database_at(url).reading() as connection:
        return [dict(row._mapping) for row in connection.exec_driver_sql(f"SELECT * FROM {table} ORDER BY id")]
