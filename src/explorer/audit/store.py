"""The audit of one run in the database: read it, add to it, take back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TypeVar

from sqlalchemy import URL, select

from explorer.audit.checks import checked_resolution, checked_review, checked_reviewer, checked_trial
from explorer.audit.database import database_at
from explorer.audit.rows import Rows, now
from explorer.audit.schema import REVIEWERS, RUNS
from explorer.audit.snapshot import read_audit
from explorer.audit.steps import steps_of
from explorer.audit.values import Audit, Resolution, Review, Trial
from explorer.errors import UserError
from explorer.runs import Run

_Said = TypeVar("_Said", Review, Resolution)


class Conflict(UserError):
    """Somebody else, or another tab, has stored something since what is to be stored was begun."""

    def __init__(self, sentence: str, theirs: Review | Resolution):
        super().__init__(sentence)
        self.theirs = theirs


class AuditStore:
    """What people say about one run. Reading makes no database; the first thing that is stored does.

    Everything raises `UserError` where the database cannot be used; what was to be stored then is not, wholly.
    """

    def __init__(self, run: Run, url: str | URL | None = None):
        """url: of the database; by default the one beside the runs, or of `EXPLORER_AUDIT_URL`."""
        if not run.digest:
            raise UserError(f"{run.name} is not saved, so nothing can be said about it; save it first.")
        self.run, self.database = run, database_at(url)

    # --- read

    def load(self) -> Audit:
        """Everything that is said, as of one moment."""
        with self.reading() as rows:
            return Audit() if rows is None else read_audit(self.database.url, rows)

    def history(self, neuron: int, reviewer: str | None = None) -> list[Review]:
        """All that was ever said of a neuron, by anybody or by one reviewer, oldest first."""
        with self.reading() as rows:
            found = [] if rows is None else rows.reviews(self.run.neuron(neuron), reviewer)
        return sorted(found, key=lambda one: one.at)

    def reviewers(self) -> list[str]:
        """Everybody who has ever said anything about any run, in the order of the alphabet."""
        if not self.database.exists:
            return []
        with self.database.reading() as connection:
            return list(connection.execute(select(REVIEWERS.c.name).order_by(REVIEWERS.c.key)).scalars())

    # --- add

    def review(self, said: Review, since: int | None = None) -> Review:
        """Store what a reviewer says of a neuron; returns it with its version and time.

        since: the version that the reviewer saw when they began; `Conflict` if there is a later one. None stores it
            whatever there is.
        """
        said = checked_review(self.run, said)
        with self.writing() as rows:
            last = rows.current_review(said.neuron, said.reviewer)
            _check_unchanged(last, since)
            return _stored(rows, said, last.version)

    def resolve(self, said: Resolution, since: int | None = None) -> Resolution:
        """Store what reviewers agreed on; `since` as for `review`."""
        said = checked_resolution(self.run, said)
        with self.writing() as rows:
            last = next(reversed(rows.resolutions(said.neuron)), Resolution(said.neuron))
            _check_unchanged(last, since)
            return _stored(rows, said, last.version)

    def answer(self, trial: Trial) -> Trial:
        """Store an answered test."""
        trial = checked_trial(self.run, trial)
        with self.writing() as rows:
            trial = replace(trial, at=trial.at or now())
            rows.add([trial])
            return trial

    # --- take back

    def undo(self, neuron: int, reviewer: str, since: int | None = None) -> Review:
        """Take back what a reviewer did last to a neuron, which may be an import: what was said before is said again.
        Undoing twice goes two steps back. Nothing is removed from the history. `since` as for `review`."""
        return self._step(neuron, reviewer, "undo", since)

    def redo(self, neuron: int, reviewer: str, since: int | None = None) -> Review:
        """Do again what was undone last, unless something else was said since."""
        return self._step(neuron, reviewer, "redo", since)

    def _step(self, neuron: int, reviewer: str, action: str, since: int | None) -> Review:
        neuron, reviewer = self.run.neuron(neuron), checked_reviewer(reviewer)
        with self.writing() as rows:
            history = rows.reviews(neuron, reviewer)
            last = history[-1] if history else Review(neuron, reviewer)
            _check_unchanged(last, since)
            done, undone = steps_of(history)
            if not (done if action == "undo" else undone):
                what = "taken back" if action == "undo" else "done again"
                raise UserError(f"There is nothing that {reviewer} said of neuron {neuron} that could be {what}.")
            said = undone[-1] if action == "redo" else done[-2] if len(done) > 1 else Review(neuron, last.reviewer)
            return _stored(rows, replace(said, action=action, at=""), last.version)

    # --- transactions

    @contextmanager
    def reading(self) -> Iterator[Rows | None]:
        """The run's rows as of one moment; None if nothing was ever said about it."""
        if not self.database.exists:
            yield None
            return
        with self.database.reading() as connection:
            yield Rows.of(connection, self.run)

    @contextmanager
    def writing(self) -> Iterator[Rows]:
        """The run's rows while nobody else writes; stored whole at the end, or not at all."""
        with self.database.writing() as connection:
            yield Rows.to_write(connection, self.run)


def anything_said(digest: str, url: str | URL | None = None) -> bool:
    """Whether anything was ever said about the run of a digest, which need not be opened for it."""
    database = database_at(url)
    if not database.exists:
        return False
    with database.reading() as connection:
        return connection.execute(select(RUNS.c.id).where(RUNS.c.digest == digest)).first() is not None


def _check_unchanged(last: Review | Resolution, since: int | None) -> None:
    if since is None or last.version == since:
        return
    if isinstance(last, Review):
        raise Conflict(
            f"Neuron {last.neuron} was reviewed as {last.reviewer} in another tab or by somebody else meanwhile; look "
            "at it, then keep theirs or store yours.",
            last,
        )
    who = last.reviewer or "somebody"
    raise Conflict(f"Neuron {last.neuron} was resolved by {who} meanwhile; look at it first.", last)


def _stored(rows: Rows, said: _Said, last: int) -> _Said:
    said = replace(said, version=last + 1, at=said.at or now())
    rows.add([said])
    return said
