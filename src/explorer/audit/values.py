"""What people say of neurons, as plain values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, get_args

Verdict = Literal["real", "partly", "not", "skip"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
"""`real`: it stands for one concept; `partly`: for one among other things; `not`: for none; `skip`: cannot say."""
JUDGEMENTS: tuple[Verdict, ...] = ("real", "partly", "not")
"""Those that say something of the neuron."""
TrialKind = Literal["intruder", "forward"]
TRIAL_KINDS: tuple[TrialKind, ...] = get_args(TrialKind)
Action = Literal["review", "undo", "redo", "import", "inherit"]
ACTIONS: tuple[Action, ...] = get_args(Action)
Standing = Literal["real", "partly", "not", "disputed", "open"]
STANDINGS: tuple[Standing, ...] = get_args(Standing)

MAX_REVIEWER = 80
MAX_OWN_NAME = 200
MAX_NOTE = 10_000
MAX_TAG = 60
MAX_TAGS = 20
"""Characters, and of tags their number."""
CONFIDENCES = (1, 2, 3)
"""Guessing, fairly sure, sure."""


@dataclass(frozen=True)
class Review:
    """What one reviewer says of one neuron now, or said at some time."""

    neuron: int
    reviewer: str
    verdict: Verdict | None = None
    """None: nothing yet, or taken back."""
    name: str = ""
    """The reviewer's own name for the neuron; empty if the proposed one will do."""
    note: str = ""
    tags: tuple[str, ...] = ()
    confidence: int | None = None
    """One of `CONFIDENCES`."""
    blind: bool = False
    """Whether the verdict was given before name, facets and numbers were seen."""
    inherited: str = ""
    """Name of the run that this was carried over from, as long as the reviewer has not confirmed it."""
    seconds: float | None = None
    """How long the reviewer looked at the neuron."""
    action: Action = "review"
    version: int = 0
    """Counts what this reviewer has said of this neuron, from 1; 0 if it is not stored."""
    at: str = ""
    """When it was stored, ISO 8601 in UTC."""

    @property
    def judged(self) -> bool:
        """Whether it is a judgement of this neuron by this person."""
        return self.verdict in JUDGEMENTS and not self.inherited


@dataclass(frozen=True)
class Resolution:
    """What reviewers agreed on after they differed; it stands for the neuron from then on."""

    neuron: int
    verdict: Verdict | None = None
    """None: taken back."""
    name: str = ""
    note: str = ""
    reviewer: str = ""
    """Who wrote it down."""
    version: int = 0
    at: str = ""


@dataclass(frozen=True)
class Trial:
    """One answered test: which item does not belong (`intruder`), or which does it fire on (`forward`)."""

    neuron: int
    reviewer: str
    kind: TrialKind
    seed: int
    """With which the items were drawn."""
    items: tuple[int, ...]
    """Rows of the items in the order shown."""
    answer: tuple[int, ...]
    """Rows chosen."""
    right: tuple[int, ...]
    """Rows that were right."""
    correct: int
    """Of the decisions, how many were right: intruder 0 or 1; forward how many of the ten items."""
    decisions: int
    """1, or the number of items."""
    chance: float
    """Expected share of correct decisions of somebody who guesses."""
    seconds: float | None = None
    at: str = ""


@dataclass(frozen=True)
class Audit:
    """Everything people have said about one run, as it is now."""

    reviews: tuple[Review, ...] = ()
    """The current review of every neuron and reviewer, by neuron and then by time."""
    resolutions: tuple[Resolution, ...] = ()
    trials: tuple[Trial, ...] = ()
    stamp: int = 0
    """Changes whenever anything is stored for this run."""

    @cached_property
    def _by_neuron(self) -> dict[int, list[Review]]:
        found: dict[int, list[Review]] = {}
        for review in self.reviews:
            found.setdefault(review.neuron, []).append(review)
        return found

    @cached_property
    def _resolved(self) -> dict[int, Resolution]:
        return {one.neuron: one for one in self.resolutions if one.verdict}

    @cached_property
    def _names(self) -> dict[int, str]:
        found = {}
        for neuron in {*self._by_neuron, *self._resolved}:
            resolved = self.resolution(neuron)
            given = [one for one in self.of(neuron) if one.name]
            name = resolved.name if resolved is not None else ""
            name = name or (max(given, key=lambda one: one.at).name if given else "")
            if name and self.standing(neuron) != "not":
                found[neuron] = name
        return found

    def of(self, neuron: int) -> list[Review]:
        """The current reviews of a neuron, oldest first."""
        return self._by_neuron.get(neuron, [])

    def by(self, neuron: int, reviewer: str) -> Review | None:
        """What one reviewer says of a neuron, whatever the case of the name."""
        return next((one for one in self.of(neuron) if same_reviewer(one.reviewer, reviewer)), None)

    def resolution(self, neuron: int) -> Resolution | None:
        return self._resolved.get(neuron)

    def standing(self, neuron: int) -> Standing:
        """What stands for a neuron: the resolution if there is one; else what most reviewers judged, `disputed` where
        none has most; `open` where nobody has. What is inherited or skipped does not count."""
        if (resolved := self.resolution(neuron)) is not None and resolved.verdict in JUDGEMENTS:
            return resolved.verdict
        return majority([one.verdict for one in self.of(neuron) if one.judged])

    def own_names(self) -> dict[int, str]:
        """The names people gave, by neuron: that of the resolution, else the latest; not those of neurons that were
        judged to stand for nothing."""
        return dict(self._names)

    @property
    def reviewers(self) -> list[str]:
        """Who has said anything, in the order of the alphabet."""
        people = {one.reviewer.casefold(): one.reviewer for one in (*self.reviews, *self.trials)}
        return [people[key] for key in sorted(people)]


def majority(verdicts: Iterable[Verdict]) -> Standing:
    """The verdict that more than half gave; `disputed` if none has so many, `open` if there is none."""
    given = list(verdicts)
    if not given:
        return "open"
    best = max(set(given), key=given.count)
    return best if 2 * given.count(best) > len(given) else "disputed"


def same_reviewer(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()
