"""What people said about one run as rows of the database, within one transaction."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, and_, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from explorer.audit.schema import RESOLUTIONS, REVIEWERS, REVIEWS, RUNS, TRIALS
from explorer.audit.values import Resolution, Review, Trial
from explorer.runs import Run

_LATEST = {REVIEWS.name: ("neuron", "reviewer_id"), RESOLUTIONS.name: ("neuron",)}
"""What the versions of a table count."""
_STAMP_BITS = 53
"""As many as a number in JavaScript holds."""


class Rows:
    """The rows of one run. Those that are read are as the transaction sees them."""

    def __init__(self, connection: Connection, run_id: int, stamp: int):
        self.connection, self.run_id, self.stamp = connection, run_id, stamp

    @classmethod
    def of(cls, connection: Connection, run: Run) -> Rows | None:
        """To read from; None if nothing has been said about the run."""
        found = connection.execute(select(RUNS.c.id, RUNS.c.stamp).where(RUNS.c.digest == run.digest)).first()
        return None if found is None else cls(connection, found.id, found.stamp)

    @classmethod
    def to_write(cls, connection: Connection, run: Run) -> Rows:
        """To write to: nobody else writes about this run until the transaction ends."""
        about = {"name": run.name, "dataset": run.dataset.name, "neurons": run.index.n}
        _insert_missing(connection, RUNS, [{"digest": run.digest, **about}])
        found = connection.execute(select(RUNS.c.id).where(RUNS.c.digest == run.digest).with_for_update()).one()
        stamp = secrets.randbits(_STAMP_BITS)
        connection.execute(update(RUNS).where(RUNS.c.id == found.id).values(stamp=stamp, **about))
        return cls(connection, found.id, stamp)

    # --- read

    def reviews(self, neuron: int | None = None, reviewer: str | None = None) -> list[Review]:
        """All that was ever said, by neuron and reviewer, oldest first."""
        asked = [] if neuron is None else [REVIEWS.c.neuron == neuron]
        asked += [] if reviewer is None else [REVIEWERS.c.key == reviewer_key(reviewer)]
        return self._read(Review, REVIEWS, *asked, order=("neuron", "reviewer_id", "version"))

    def current_reviews(self) -> list[Review]:
        """What every reviewer says now, by neuron, oldest first."""
        return self._read(Review, REVIEWS, self._latest(REVIEWS), order=("neuron", "at", "id"))

    def current_review(self, neuron: int, reviewer: str) -> Review:
        """What a reviewer says of a neuron now; of version 0 if nothing."""
        history = self.reviews(neuron, reviewer)
        return history[-1] if history else Review(neuron, reviewer)

    def resolutions(self, neuron: int | None = None) -> list[Resolution]:
        """All resolutions there ever were, by neuron, oldest first."""
        asked = [] if neuron is None else [RESOLUTIONS.c.neuron == neuron]
        return self._read(Resolution, RESOLUTIONS, *asked, order=("neuron", "version"))

    def current_resolutions(self) -> list[Resolution]:
        """What is resolved now, by neuron."""
        return self._read(Resolution, RESOLUTIONS, self._latest(RESOLUTIONS), order=("neuron",))

    def trials(self) -> list[Trial]:
        """All tests, oldest first."""
        return self._read(Trial, TRIALS, order=("id",))

    def newest(self, kind: type) -> tuple[int, Any]:
        """The number of the row that was stored last, and what it says; 0 and None if there is none."""
        table = _TABLES[kind]
        number = self.connection.execute(select(func.max(table.c.id)).where(table.c.run_id == self.run_id)).scalar()
        return (0, None) if number is None else (number, self.numbered(kind, number))

    def numbered(self, kind: type, number: int) -> Any | None:
        """What the row of a number says; None if there is none."""
        table = _TABLES[kind]
        return next(iter(self._read(kind, table, table.c.id == number, order=("id",))), None)

    def since(self, kind: type, number: int, most: int) -> list[tuple[int, Any]]:
        """The rows after a number with their numbers, in the order in which they were stored, at most so many."""
        table = _TABLES[kind]
        newer = select(table.c.id).where(table.c.run_id == self.run_id, table.c.id > number)
        numbers = list(self.connection.execute(newer.order_by(table.c.id).limit(most)).scalars())
        found = self._read(kind, table, table.c.id.in_(numbers), order=("id",)) if numbers else []
        return list(zip(numbers, found, strict=True))

    # --- write

    def add(self, said: Iterable[Review | Resolution | Trial]) -> None:
        """Store what was said, with the version and time it has."""
        said = list(said)
        people = _reviewer_ids(self.connection, {one.reviewer for one in said})
        for kind, table in _TABLES.items():
            rows = [
                {**_plain(one), "run_id": self.run_id, "reviewer_id": people[reviewer_key(one.reviewer)]}
                for one in said
                if isinstance(one, kind)
            ]
            if rows:
                self.connection.execute(insert(table), rows)

    # --- how

    def _latest(self, table: Table) -> ColumnElement[bool]:
        """That a row has the highest version of its kind."""
        of = [table.c[name] for name in _LATEST[table.name]]
        last = select(*of, func.max(table.c.version).label("last")).where(table.c.run_id == self.run_id).group_by(*of)
        last = last.subquery()
        same = (table.c[name] == last.c[name] for name in _LATEST[table.name])
        return select(last.c.last).where(and_(*same, table.c.version == last.c.last)).exists()

    def _read(self, kind: type, table: Table, *asked: ColumnElement[bool], order: Sequence[str]) -> list:
        names = _NAMES[kind]
        columns = [REVIEWERS.c.name if name == "reviewer" else table.c[name] for name in names]
        query = (
            select(*columns)
            .join(REVIEWERS, table.c.reviewer_id == REVIEWERS.c.id)
            .where(table.c.run_id == self.run_id, *asked)
            .order_by(*(table.c[name] for name in order))
        )
        lists = [i for i, name in enumerate(names) if name in _LISTS]
        blind = names.index("blind") if "blind" in names else None
        found = []
        for row in self.connection.execute(query):
            values = list(row)
            for i in lists:
                values[i] = tuple(values[i])
            if blind is not None:
                values[blind] = bool(values[blind])
            found.append(kind(*values))
        return found


_TABLES: dict[type, Table] = {Review: REVIEWS, Resolution: RESOLUTIONS, Trial: TRIALS}
_LISTS = ("tags", "items", "answer", "right")


_NAMES = {kind: tuple(field.name for field in fields(kind)) for kind in _TABLES}


def _plain(said: Review | Resolution | Trial) -> dict[str, Any]:
    values = {name: getattr(said, name) for name in _NAMES[type(said)] if name != "reviewer"}
    for name in _LISTS:
        if name in values:
            values[name] = list(values[name])
    if "blind" in values:
        values["blind"] = int(values["blind"])
    return values


def reviewer_key(name: str) -> str:
    """What two spellings of one reviewer share: the case of letters does not count."""
    return name.casefold()


def now() -> str:
    """The time as it is stored: ISO 8601 in UTC, to the millisecond."""
    return moment_text(datetime.now(UTC))


def moment_text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def _reviewer_ids(connection: Connection, names: set[str]) -> dict[str, int]:
    """The numbers of reviewers by key; those who are new are stored."""
    by_key = {reviewer_key(name): name for name in sorted(names)}
    # In one order for everybody, so that two who add the same people never wait for each other.
    _insert_missing(connection, REVIEWERS, [{"key": key, "name": by_key[key]} for key in sorted(by_key)])
    query = select(REVIEWERS.c.key, REVIEWERS.c.id).where(REVIEWERS.c.key.in_(sorted(by_key)))
    return {row.key: row.id for row in connection.execute(query)}


def _insert_missing(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    """Insert those that are not there, also if somebody else does so at the same time."""
    if rows:
        dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
        connection.execute(dialect.insert(table).on_conflict_do_nothing(), rows)
