"""What people said of one run's neurons, carried over to a run that was trained again.

A neuron's reviews go to its counterpart in the new run if each is the other's closest match
(`explorer.comparison.match_neurons`), more similar than chance reaches, and at a similarity of at least `STABLE` (0.7):
from there on the product calls two neurons the same wherever it compares trainings, so a verdict on one is a fair first
guess for the other. They are marked as inherited, and count nowhere until their reviewer reviews the neuron again.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, replace
from typing import Any

from explorer.audit.store import AuditStore, Conflict
from explorer.audit.values import Audit, Review
from explorer.comparison import Matching, match_neurons
from explorer.errors import UserError
from explorer.measures import STABLE
from explorer.runs import Run

NO_MATCH = "no neuron of the new run matches it"
NOT_SIMILAR = f"the neuron that matches it is less similar than {STABLE}"
BEFORE = "it was carried over before"
ALREADY = "its reviewer has already reviewed the neuron that matches it"
SILENT = "it never fires"
UNCONFIRMED = "it was itself inherited, and never confirmed"
RESOLVED = "what was agreed on stays with the old run; the reviews are carried over"


@dataclass(frozen=True)
class Left:
    """Something that is not carried over."""

    neuron: int
    """In the old run."""
    reviewer: str
    reason: str


@dataclass(frozen=True)
class CarryOver:
    """What is carried over from one run to another."""

    source: str
    """Name of the old run."""
    target: str
    carried: tuple[Review, ...]
    """As they are, or are to be, stored in the new run."""
    counterparts: dict[int, tuple[int, float]]
    """Neuron of the new run → the one of the old run that it inherits from, and their similarity."""
    left: tuple[Left, ...]

    def sentence(self) -> str:
        """`41 reviews of 38 neurons carried over from old; 9 not: no neuron of the new run matches it (9)`."""
        why = "; ".join(f"{reason} ({count})" for reason, count in Counter(one.reason for one in self.left).items())
        if not self.carried:
            return f"Nothing carried over from {self.source}: {why or 'nobody has said anything of it'}"
        reviews, neurons = len(self.carried), len({said.neuron for said in self.carried})
        said = f"{_count(reviews, 'review')} of {_count(neurons, 'neuron')} carried over from {self.source}"
        return f"{said}; {len(self.left)} not: {why}" if self.left else said

    def as_json(self) -> dict[str, Any]:
        return {
            "source": self.source,
            "target": self.target,
            "carried": [
                asdict(said) | dict(zip(("from", "similarity"), self.counterparts[said.neuron], strict=True))
                for said in self.carried
            ],
            "left": [asdict(one) for one in self.left],
        }


def carry_over(old: Run, new: Run, url: str | None = None, seed: int = 0) -> CarryOver:
    """Store in the new run's audit what the old one's says of neurons that match. A review that the new run has is
    never touched, so a second time nothing is new.

    url: of the database; None: the usual one.
    seed: of the random directions that matches are compared with.
    """
    source, target = AuditStore(old, url), AuditStore(new, url)
    planned = plan(old, source.load(), new, target.load(), seed)
    carried, late = [], []
    for said in planned.carried:
        try:
            carried.append(target.review(said, since=0))
        except Conflict:  # meanwhile
            late.append(Left(planned.counterparts[said.neuron][0], said.reviewer, ALREADY))
    return replace(planned, carried=tuple(carried), left=(*planned.left, *late))


def plan(old: Run, said_of_old: Audit, new: Run, said_of_new: Audit, seed: int = 0) -> CarryOver:
    """What `carry_over` would store."""
    if old.digest == new.digest:
        raise UserError(f"{old.name} and {new.name} are the same run, so there is nothing to carry over.")
    worth = [one for one in said_of_old.reviews if _says_something(one)]
    matches, why_not = ({}, {}) if not worth else _counterparts(match_neurons(old, new, seed))
    carried, left = [], []
    for one in worth:
        if one.inherited:
            left.append(Left(one.neuron, one.reviewer, UNCONFIRMED))
        elif one.neuron not in matches:
            left.append(Left(one.neuron, one.reviewer, why_not.get(one.neuron, SILENT)))
        elif (there := said_of_new.by(matches[one.neuron][0], one.reviewer)) is not None:
            left.append(Left(one.neuron, one.reviewer, BEFORE if there.inherited == old.name else ALREADY))
        else:
            inherited = {"inherited": old.name, "action": "inherit", "version": 0, "at": "", "seconds": None}
            carried.append(replace(one, neuron=matches[one.neuron][0], **inherited))
    left += [Left(one.neuron, one.reviewer, RESOLVED) for one in said_of_old.resolutions if one.verdict]
    back = {there: (neuron, similarity) for neuron, (there, similarity) in matches.items()}
    return CarryOver(old.name, new.name, tuple(carried), back, tuple(left))


def _counterparts(matching: Matching) -> tuple[dict[int, tuple[int, float]], dict[int, str]]:
    """By neuron of the old run its counterpart and their similarity; of the other live ones why they have none."""
    matches, why_not = {}, {}
    for row in matching.table.itertuples():
        if not (row.mutual and row.found):
            why_not[row.neuron] = NO_MATCH
        elif row.similarity < STABLE:
            why_not[row.neuron] = NOT_SIMILAR
        else:
            matches[row.neuron] = int(row.counterpart), float(row.similarity)
    return matches, why_not


def _says_something(said: Review) -> bool:
    """Whether there is anything to carry over: not in a review that was taken back or skipped without a word."""
    return said.verdict not in (None, "skip") or bool(said.name or said.note or said.tags)


def _count(n: int, what: str) -> str:
    return f"{n} {what if n == 1 else what + 's'}"
