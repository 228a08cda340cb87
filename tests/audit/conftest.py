"""Databases of the audit, each test its own: SQLite, and PostgreSQL where its programs are installed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from explorer.audit import AuditStore
from explorer.runs import Run
from tests.audit.postgresql import Server, programs


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A PostgreSQL server of the tests' own."""
    if programs() is None:
        pytest.skip("needs PostgreSQL's server: apt-get install postgresql")
    with Server() as started:
        yield started


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def url(request, tmp_path) -> str:
    """The address of an empty database, of each kind in turn."""
    if request.param == "postgresql":
        return request.getfixturevalue("server").empty_database()
    return sqlite_at(tmp_path / "audit.sqlite")


@pytest.fixture
def run(tiny_runs) -> Run:
    return tiny_runs("als")


@pytest.fixture
def other_run(run) -> Run:
    """A run that was trained anew: its neurons are other ones."""
    return replace(run, digest="0" * 64, path=run.path.with_name("retrained"))


@pytest.fixture
def store(run, url) -> AuditStore:
    return AuditStore(run, url)


@pytest.fixture
def again(url) -> Callable[[Run], AuditStore]:
    """Open a store of a run in the same database."""
    return lambda run: AuditStore(run, url)


def sqlite_at(file: Path) -> str:
    return f"sqlite:///{file}"
