"""A record merged into the audit of a run: what is new is added, what differs is shown, nothing is overwritten unasked.

Two histories of one reviewer and one neuron are compared by what was said when. If one goes on where the other ends,
the longer one holds. If each has something that the other lacks, what is said last decides: the same, or a conflict.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any, NamedTuple, TypeVar

from explorer.audit.record import CONTENT, Record
from explorer.audit.rows import Rows, now, reviewer_key
from explorer.audit.values import Resolution, Review, Trial
from explorer.errors import listed

Said = TypeVar("Said", Review, Resolution)


class Difference(NamedTuple):
    """What stands here, and what a record says instead."""

    where: str
    """In the file."""
    ours: Review | Resolution
    theirs: Review | Resolution


@dataclass(frozen=True)
class Merged:
    """What an import changes, or would change."""

    new: tuple[Review, ...]
    """What is said from then on by reviewers of neurons they had not reviewed here, or reviewed again since."""
    same: int
    """Reviews of the record that are known."""
    conflicts: tuple[Difference, ...]
    """Where a review or a resolution here differs from the one of the record."""
    resolutions: int
    """New ones."""
    trials: int
    """New tests."""
    strangers: tuple[str, ...] = ()
    """Reviewers of the record who have said nothing of this run before; one of them may be a slip of the pen."""
    overwritten: bool = False
    """Whether the conflicts are decided for the record; else what stands here is left as it is."""

    @property
    def changes(self) -> bool:
        """Whether anything is stored by it."""
        return bool(self.new or self.resolutions or self.trials or (self.conflicts and self.overwritten))

    def sentence(self) -> str:
        """`12 reviews are new, 88 are known, 2 conflicts were left as they are here`."""
        parts = [f"{_count(len(self.new), 'review')} new", f"{self.same:,} known already"]
        if self.resolutions:
            parts.append(f"{_count(self.resolutions, 'resolution')} new")
        if self.trials:
            parts.append(f"{_count(self.trials, 'test')} new")
        if self.conflicts:
            done = "overwritten" if self.overwritten else "not overwritten"
            parts.append(f"{_count(len(self.conflicts), 'conflict')} {done}")
        said = ", ".join(parts)
        return f"{said}; new here: {listed(self.strangers)}" if self.strangers else said

    def as_json(self) -> dict[str, Any]:
        return {
            "sentence": self.sentence(),
            "new": [asdict(said) for said in self.new],
            "same": self.same,
            "conflicts": [
                {"where": one.where, "ours": asdict(one.ours), "theirs": asdict(one.theirs)} for one in self.conflicts
            ],
            "resolutions": self.resolutions,
            "trials": self.trials,
            "new_reviewers": list(self.strangers),
            "overwritten": self.overwritten,
        }


def compare(rows: Rows | None, record: Record, overwrite: bool = False) -> tuple[Merged, list]:
    """What merging a record changes, and what has to be stored for it."""
    moment = now()
    reviews = _Side(_review_key, rows.reviews() if rows else (), overwrite)
    for history in _by(_review_key, record.reviews):
        reviews.meet([(where, _completed(said, reviews, record.given)) for where, said in history])
    resolutions = _Side(_resolution_key, rows.resolutions() if rows else (), overwrite)
    for history in _by(_resolution_key, record.resolutions):
        resolutions.meet(history)
    taken = rows.trials() if rows else []
    known = set(map(_trial_key, taken))
    trials = {_trial_key(trial): trial for _, trial in record.trials}
    trials = [trial for key, trial in trials.items() if key not in known]
    store = [replace(said, at=said.at or moment) for said in (*reviews.to_store, *resolutions.to_store, *trials)]
    heard = [said for side in (reviews, resolutions) for ours in side.ours.values() for said in ours]
    here = {reviewer_key(said.reviewer) for said in (*heard, *taken)}
    there = {reviewer_key(said.reviewer): said.reviewer for said in (*reviews.new, *resolutions.new, *trials)}
    merged = Merged(
        tuple(reviews.new),
        reviews.same,
        (*reviews.conflicts, *resolutions.conflicts),
        len(resolutions.new),
        len(trials),
        tuple(there[key] for key in sorted(there.keys() - here)),
        overwrite,
    )
    return merged, store


class _Side:
    """Histories here, met by those of a record."""

    def __init__(self, key, ours: Iterable[Said], overwrite: bool):
        self.key, self.overwrite = key, overwrite
        self.ours: dict[Hashable, list[Said]] = defaultdict(list)
        for said in ours:
            self.ours[key(said)].append(said)
        self.new: list[Said] = []
        self.to_store: list[Said] = []
        self.conflicts: list[Difference] = []
        self.same = 0

    def meet(self, entries: list[tuple[str, Said]]) -> None:
        where, last = entries[-1]
        theirs = [said for _, said in entries]
        ours = self.ours.get(self.key(last), [])
        if not ours:
            self._store(theirs, [])
            self.new.append(last)
        elif _content(last) == _content(ours[-1]) or _moment(last) in map(_moment, ours):
            self.same += 1
        elif _moment(ours[-1]) in (moments := [_moment(said) for said in theirs]):
            self._store(theirs[moments.index(_moment(ours[-1])) + 1 :], ours)
            self.new.append(last)
        else:
            self.conflicts.append(Difference(where, ours[-1], last))
            if self.overwrite:
                chosen = replace(last, at="")  # it is said now: by whoever decides for it
                self._store([replace(chosen, action="import") if isinstance(last, Review) else chosen], ours)

    def _store(self, said: list[Said], after: list[Said]) -> None:
        first = after[-1].version + 1 if after else 1
        self.to_store += [replace(one, version=first + place) for place, one in enumerate(said)]


def _completed(said: Review, reviews: _Side, given: frozenset[str]) -> Review:
    """A review with what its record does not speak of as it is here."""
    ours = reviews.ours.get(_review_key(said))
    missing = frozenset(CONTENT) - given
    return replace(said, **{name: getattr(ours[-1], name) for name in missing}) if ours and missing else said


def _by(key, entries: Iterable[tuple[str, Said]]) -> Iterable[list[tuple[str, Said]]]:
    found: dict[Hashable, list[tuple[str, Said]]] = defaultdict(list)
    for where, said in entries:
        found[key(said)].append((where, said))
    return found.values()


def _review_key(said: Review) -> Hashable:
    return said.neuron, reviewer_key(said.reviewer)


def _resolution_key(said: Resolution) -> Hashable:
    return said.neuron


def _content(said: Review | Resolution) -> Hashable:
    names = CONTENT if isinstance(said, Review) else ("verdict", "name", "note")
    return tuple(getattr(said, name) for name in names)


def _moment(said: Review | Resolution) -> Hashable:
    """What was said and when. Two entries without a time are never taken for the same one."""
    return (said.at, _content(said)) if said.at else object()


def _trial_key(trial: Trial) -> Hashable:
    return replace(trial, reviewer=reviewer_key(trial.reviewer))


def _count(n: int, what: str) -> str:
    return f"{n:,} {what if n == 1 else what + 's'}"
