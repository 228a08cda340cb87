"""The tables of the audit's database. Their names say whose they are, since a team's PostgreSQL may hold others.

What was said is never overwritten: each review, and each resolution, is a row of its own with the next version, and the
row with the highest version is what is said now. Two people (or tabs) who write the same version at once cannot both
succeed; the second one is told (`Conflict`).
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Connection,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    column,
    inspect,
    select,
    table,
)

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

RUNS = Table(
    "audit_run",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("digest", String(64), nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("dataset", Text, nullable=False),
    Column("neurons", Integer, nullable=False),
    Column("stamp", BigInteger, nullable=False, server_default="0"),
)
"""Runs that anything was said about. `digest`: of `RunManifest.digest`, so a run that is renamed or copied keeps its
audit. `stamp`: another random number whenever anything is stored, so that two states with the same stamp are the same,
even if the database was replaced by an older copy meanwhile."""

REVIEWERS = Table(
    "audit_reviewer",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("key", String(320), nullable=False, unique=True),
    Column("name", Text, nullable=False),
)
"""`key`: the name with its case folded."""


def _said() -> list[Column]:
    return [
        Column("id", Integer, primary_key=True),
        Column("run_id", Integer, ForeignKey(RUNS.c.id), nullable=False),
        Column("neuron", Integer, nullable=False),
        Column("reviewer_id", Integer, ForeignKey(REVIEWERS.c.id), nullable=False),
        Column("at", String(40), nullable=False),
    ]


REVIEWS = Table(
    "audit_review",
    METADATA,
    *_said(),
    Column("version", Integer, nullable=False),
    Column("action", String(10), nullable=False),
    Column("verdict", String(10)),
    Column("name", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("tags", JSON, nullable=False),
    Column("confidence", Integer),
    Column("blind", Integer, nullable=False),
    Column("inherited", Text, nullable=False),
    Column("seconds", Float),
    UniqueConstraint("run_id", "neuron", "reviewer_id", "version"),
)

RESOLUTIONS = Table(
    "audit_resolution",
    METADATA,
    *_said(),
    Column("version", Integer, nullable=False),
    Column("verdict", String(10)),
    Column("name", Text, nullable=False),
    Column("note", Text, nullable=False),
    UniqueConstraint("run_id", "neuron", "version"),
)

TRIALS = Table(
    "audit_trial",
    METADATA,
    *_said(),
    Column("kind", String(10), nullable=False),
    Column("seed", BigInteger, nullable=False),
    Column("items", JSON, nullable=False),
    Column("answer", JSON, nullable=False),
    Column("right", JSON, nullable=False),
    Column("correct", Integer, nullable=False),
    Column("decisions", Integer, nullable=False),
    Column("chance", Float, nullable=False),
    Column("seconds", Float),
    Index("ix_audit_trial_run_neuron", "run_id", "neuron"),
)


VERSION = "0001"
"""Of the tables: the last migration in `migrations/versions`."""
VERSION_TABLE = "audit_version"


def version_of(connection: Connection) -> str | None:
    """The version of a database's tables; None if it has none yet."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    return connection.execute(select(column("version_num")).select_from(table(VERSION_TABLE))).scalar()
