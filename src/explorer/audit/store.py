"""The audit of one run in the database: read it, add to it, take back."""

from __future__ import annotations

import functools
from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy import Connection, Table, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from explorer.audit.checks import checked_resolution, checked_review, checked_reviewer
from explorer.audit.database import audit_url, exists, reading, writing
from explorer.audit.schema import RESOLUTIONS, REVIEWERS, REVIEWS, RUNS, TRIALS
from explorer.audit.values import Audit, Resolution, Review, Trial
from explorer.errors import UserError
from explorer.runs import Run


class Conflict(UserError):
    """Somebody else, or another tab, has stored something since what is to be stored was begun."""

    def __init__(self, sentence: str, theirs: Review | Resolution):
        super().__init__(sentence)
        self.theirs = theirs


class AuditStore:
    """What people say about one run. Reading makes no database; the first thing that is stored does."""

    def __init__(self, run: Run, url: str | None = None):
        if not run.digest:
            raise UserError(f"{run.name} is not saved, so nothing can be said about it; save it first.")
        self.run, self.url = run, url or audit_url()

    def load(self) -> Audit:
        """Everything that was said, as it is now."""
        if not exists(self.url):
            return Audit()
        with reading(self.url) as connection:
            found = self._known(connection)
        return Audit() if found is None else _load(self.url, *found)

    def review(self, said: Review, since: int | None = None) -> Review:
        """Store what a reviewer says of a neuron; returns it with its version and time.

        since: the version that the reviewer saw when they began; `Conflict` if there is a later one. None stores it
            whatever there is.
        """
        said = checked_review(self.run, said)
        with self._guarded(said), writing(self.url) as connection:
            run, reviewer = self._run(connection), _reviewer(connection, said.reviewer)
            last = _last(connection, REVIEWS, run_id=run, neuron=said.neuron, reviewer_id=reviewer)
            if since is not None and last != since:
                raise Conflict(
                    f"Neuron {said.neuron} was reviewed as {said.reviewer} in another tab or by somebody else "
                    "meanwhile; look at it, then keep theirs or store yours.",
                    self._review_at(connection, run, said.neuron, reviewer, last),
                )
            said = replace(said, version=last + 1, at=said.at or _now())
            connection.execute(
                insert(REVIEWS).values(
                    run_id=run,
                    reviewer_id=reviewer,
                    tags=list(said.tags),
                    blind=int(said.blind),
                    **{name: getattr(said, name) for name in _REVIEW_COLUMNS},
                )
            )
            _stamp(connection, run)
        return said

    def undo(self, neuron: int, reviewer: str) -> Review:
        """Take back what a reviewer said last of a neuron: what they had said before is said again. Undone steps are
        passed over, so that undoing twice goes two steps back."""
        history = [one for one in self.history(neuron) if one.reviewer.casefold() == reviewer.casefold()]
        if not history:
            raise UserError(f"{reviewer} has said nothing of neuron {neuron} that could be taken back.")
        before = _before_last(history)
        said = replace(before or Review(neuron, reviewer), reviewer=reviewer, action="undo", at="")
        return self.review(said, since=history[-1].version)

    def history(self, neuron: int) -> list[Review]:
        """All that was ever said of a neuron, oldest first."""
        if not exists(self.url):
            return []
        with reading(self.url) as connection:
            known = self._known(connection)
            if known is None:
                return []
            query = _review_query().where(REVIEWS.c.run_id == known[0], REVIEWS.c.neuron == neuron)
            return [_review(row) for row in connection.execute(query.order_by(REVIEWS.c.id))]

    def resolve(self, said: Resolution, since: int | None = None) -> Resolution:
        """Store what reviewers agreed on; `since` as for `review`."""
        said = checked_resolution(self.run, said)
        with writing(self.url) as connection:
            run, reviewer = self._run(connection), _reviewer(connection, said.reviewer)
            last = _last(connection, RESOLUTIONS, run_id=run, neuron=said.neuron)
            if since is not None and last != since:
                theirs = next(
                    _resolution(row)
                    for row in connection.execute(
                        _resolution_query().where(
                            RESOLUTIONS.c.run_id == run,
                            RESOLUTIONS.c.neuron == said.neuron,
                            RESOLUTIONS.c.version == last,
                        )
                    )
                )
                raise Conflict(
                    f"Neuron {said.neuron} was resolved by {theirs.reviewer} meanwhile; look at it first.", theirs
                )
            said = replace(said, version=last + 1, at=said.at or _now())
            values = {name: getattr(said, name) for name in ("neuron", "version", "verdict", "name", "note", "at")}
            connection.execute(insert(RESOLUTIONS).values(run_id=run, reviewer_id=reviewer, **values))
            _stamp(connection, run)
        return said

    def answer(self, trial: Trial) -> Trial:
        """Store an answered test."""
        trial = replace(trial, reviewer=checked_reviewer(trial.reviewer), at=trial.at or _now())
        self.run.neuron(trial.neuron)
        with writing(self.url) as connection:
            run, reviewer = self._run(connection), _reviewer(connection, trial.reviewer)
            values = {name: getattr(trial, name) for name in _TRIAL_COLUMNS}
            lists = {name: list(getattr(trial, name)) for name in ("items", "answer", "right")}
            connection.execute(insert(TRIALS).values(run_id=run, reviewer_id=reviewer, **values, **lists))
            _stamp(connection, run)
        return trial

    def reviewers(self) -> list[str]:
        """Everybody who has ever said anything about any run."""
        if not exists(self.url):
            return []
        with reading(self.url) as connection:
            return [name for (name,) in connection.execute(select(REVIEWERS.c.name).order_by(REVIEWERS.c.key))]

    def _known(self, connection: Connection) -> tuple[int, int] | None:
        """The run's number in the database, and its stamp."""
        query = select(RUNS.c.id, RUNS.c.stamp).where(RUNS.c.digest == self.run.digest)
        row = connection.execute(query).first()
        return None if row is None else (row.id, row.stamp)

    def _run(self, connection: Connection) -> int:
        known = self._known(connection)
        if known is not None:
            return known[0]
        run = self.run
        values = {"digest": run.digest, "name": run.name, "dataset": run.dataset.name, "neurons": run.index.n}
        return connection.execute(insert(RUNS).values(**values)).inserted_primary_key[0]

    @staticmethod
    def _review_at(connection: Connection, run: int, neuron: int, reviewer: int, version: int) -> Review:
        query = _review_query().where(
            REVIEWS.c.run_id == run,
            REVIEWS.c.neuron == neuron,
            REVIEWS.c.reviewer_id == reviewer,
            REVIEWS.c.version == version,
        )
        row = connection.execute(query).first()
        return Review(neuron, "") if row is None else _review(row)

    def _guarded(self, said: Review) -> _Guard:
        return _Guard(self, said)


class _Guard:
    """Two who store the same version at once, where the database lets both begin: the second one is told."""

    def __init__(self, store: AuditStore, said: Review):
        self.store, self.said = store, said

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind, error, _trace) -> None:
        if isinstance(error, IntegrityError):
            neuron, reviewer = self.said.neuron, self.said.reviewer
            theirs = self.store.load().by(neuron, reviewer) or Review(neuron, reviewer)
            raise Conflict(
                f"Neuron {neuron} was reviewed as {reviewer} at the same moment elsewhere; look at it, then keep "
                "theirs or store yours.",
                theirs,
            ) from None


_REVIEW_COLUMNS = (
    "neuron", "at", "version", "action", "verdict", "name", "note", "confidence", "inherited", "seconds",
)  # fmt: skip
_TRIAL_COLUMNS = ("neuron", "at", "kind", "seed", "correct", "decisions", "chance", "seconds")


@functools.lru_cache(maxsize=16)
def _load(url: str, run: int, stamp: int) -> Audit:
    """The audit as of a stamp, which changes with everything that is stored."""
    latest = (
        select(func.max(REVIEWS.c.id))
        .where(REVIEWS.c.run_id == run)
        .group_by(REVIEWS.c.neuron, REVIEWS.c.reviewer_id)
        .scalar_subquery()
    )
    resolved = (
        select(func.max(RESOLUTIONS.c.id))
        .where(RESOLUTIONS.c.run_id == run)
        .group_by(RESOLUTIONS.c.neuron)
        .scalar_subquery()
    )
    with reading(url) as connection:
        reviews = connection.execute(_review_query().where(REVIEWS.c.id.in_(latest))).all()
        resolutions = connection.execute(_resolution_query().where(RESOLUTIONS.c.id.in_(resolved))).all()
        trials = connection.execute(_with_reviewer(TRIALS).where(TRIALS.c.run_id == run).order_by(TRIALS.c.id)).all()
    return Audit(
        tuple(sorted(map(_review, reviews), key=lambda one: (one.neuron, one.at))),
        tuple(sorted(map(_resolution, resolutions), key=lambda one: one.neuron)),
        tuple(map(_trial, trials)),
        stamp,
    )


def _with_reviewer(table: Table):
    return select(table, REVIEWERS.c.name.label("reviewer")).join(REVIEWERS, table.c.reviewer_id == REVIEWERS.c.id)


def _review_query():
    return _with_reviewer(REVIEWS)


def _resolution_query():
    return _with_reviewer(RESOLUTIONS)


def _review(row) -> Review:
    said = {name: getattr(row, name) for name in _REVIEW_COLUMNS}
    return Review(reviewer=row.reviewer, tags=tuple(row.tags), blind=bool(row.blind), **said)


def _resolution(row) -> Resolution:
    names = ("neuron", "version", "verdict", "name", "note", "at", "reviewer")
    return Resolution(**{name: getattr(row, name) for name in names})


def _trial(row) -> Trial:
    lists = {name: tuple(getattr(row, name)) for name in ("items", "answer", "right")}
    return Trial(reviewer=row.reviewer, **lists, **{name: getattr(row, name) for name in _TRIAL_COLUMNS})


def _reviewer(connection: Connection, name: str) -> int:
    key = name.casefold()
    found = connection.execute(select(REVIEWERS.c.id).where(REVIEWERS.c.key == key)).first()
    if found is not None:
        return found.id
    return connection.execute(insert(REVIEWERS).values(key=key, name=name)).inserted_primary_key[0]


def _last(connection: Connection, table: Table, **of: int) -> int:
    query = select(func.max(table.c.version)).where(*(table.c[name] == value for name, value in of.items()))
    return connection.execute(query).scalar() or 0


def _stamp(connection: Connection, run: int) -> None:
    connection.execute(update(RUNS).where(RUNS.c.id == run).values(stamp=RUNS.c.stamp + 1))


def _before_last(history: list[Review]) -> Review | None:
    """What was said before the last thing that still stands."""
    standing: list[Review] = []
    for one in history:
        if one.action == "undo":
            standing = standing[:-1]
        else:
            standing.append(one)
    return standing[-2] if len(standing) > 1 else None


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
