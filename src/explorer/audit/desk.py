"""A reviewer at work: which neuron comes next, and what the browser sends to be stored.

The browser is ahead of the server: it has the next neurons already, moves on at once, and sends each verdict with a
number of its own until that number is answered. So a verdict may come twice; it is stored once.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

from explorer.audit.queue import SAMPLE_SEED, Order, whole_queue
from explorer.audit.store import AuditStore, Conflict
from explorer.audit.values import Audit, Review, same_reviewer
from explorer.errors import UserError
from explorer.runs import Run

AHEAD, BESIDE = 20, 2
"""Neurons sent before they are needed: those still to review, and those on either side."""
_SAME = ("verdict", "name", "note", "tags", "confidence")
"""What makes two reviews say the same."""
_MAX_REMEMBERED = 200


Which = Literal["open", "disputed", "inherited", "all", "sent"]
WHICH: tuple[Which, ...] = get_args(Which)
"""Neurons of a queue: all, but one goes to those not yet reviewed by oneself; those on which reviewers differ; those
with a verdict from an earlier run that is not confirmed; all, one after the other; those that another page sent."""


@dataclass(frozen=True)
class QueueSettings:
    """Which neurons a reviewer goes through, and in which order."""

    which: Which = "open"
    order: Order = "use"
    size: int | None = None
    """The first so many of the order; None: all that fire."""
    seed: int = SAMPLE_SEED
    """Of the random order."""
    sent: tuple[int, ...] = ()
    """Numbers of the neurons of the queue `sent`, in the order in which they are gone through."""


@dataclass(frozen=True)
class Queue:
    """A queue as it was when a reviewer began with it: what they do does not move it under their hands."""

    neurons: tuple[int, ...]
    done: frozenset[int]
    """Those of its neurons that were done at that time."""

    def done_now(self, audit: Audit, reviewer: str, since: Audit) -> set[int]:
        """Those that are done now: also what the reviewer has said since."""
        said = {one.neuron: one for one in _mine(since, reviewer)}
        done = set(self.done)
        for one in _mine(audit, reviewer):
            before = said.get(one.neuron)
            if before is None or one.version > before.version:
                (done.add if one.verdict and not one.inherited else done.discard)(one.neuron)
        return done


def make_queue(run: Run, audit: Audit, reviewer: str, settings: QueueSettings, first: int | None = None) -> Queue:
    """The queue of a reviewer.

    first: a neuron that they ask for; in front if the queue does not have it.
    """
    order = whole_queue(run, audit, reviewer, settings.order, settings.seed)
    mine = {one.neuron: one for one in _mine(audit, reviewer)}
    judged = {neuron for neuron, one in mine.items() if one.verdict and not one.inherited}
    if settings.which == "disputed":
        order = [neuron for neuron in order if audit.standing(neuron) == "disputed"]
    elif settings.which == "inherited":
        order = [neuron for neuron in order if neuron in mine and mine[neuron].inherited]
    elif settings.which == "sent":
        firing = set(order)
        order = [neuron for neuron in dict.fromkeys(settings.sent) if neuron in firing]
    order = order[: settings.size]
    if first is not None and first not in order:
        order = [first, *order]
    return Queue(tuple(order), frozenset(judged & set(order)) if settings.which == "open" else frozenset())


def _mine(audit: Audit, reviewer: str) -> list[Review]:
    return [one for one in audit.reviews if same_reviewer(one.reviewer, reviewer)]


@dataclass(frozen=True)
class Place:
    """Where a reviewer is in a queue."""

    neuron: int | None
    """None: the queue is empty, or everything in it is reviewed."""
    position: int
    """From 0; -1 without a neuron."""
    near: tuple[int, ...]
    """Positions whose neurons the browser is to have: this one, those beside it, and the next ones to review."""
    left: int
    """How many are still to review."""


def place(queue: Sequence[int], done: Collection[int], at: int | None = None) -> Place:
    """Where a reviewer is who looks at neuron `at`, or at nothing yet: then at the first one still to review.

    done: neurons that need no review any more.
    """
    open_ = [position for position, neuron in enumerate(queue) if neuron not in done]
    if at is not None and at in queue:
        here = queue.index(at)
    elif open_:
        here = open_[0]
    else:
        return Place(None, -1, (), 0)
    after = [position for position in open_ if position > here] + [position for position in open_ if position < here]
    beside = range(max(0, here - BESIDE), min(len(queue), here + BESIDE + 1))
    return Place(queue[here], here, tuple(sorted({*beside, *after[:AHEAD]})), len(open_))


@dataclass
class Desk:
    """Stores what a browser sends and remembers the answers, so that what is sent twice is stored once."""

    answers: dict[tuple[str, int], dict[str, Any]] = field(default_factory=dict)
    """By tab of the browser and number of the message."""

    def take(self, store: AuditStore, reviewer: str, tab: str, messages: Sequence[Any]) -> None:
        """Store messages in their order. What cannot be stored for now (a fault of the database) is not remembered:
        the browser sends it again."""
        for message in messages:
            if not isinstance(message, dict) or not isinstance(message.get("seq"), int):
                continue
            key = (tab, message["seq"])
            if key in self.answers and "fault" not in self.answers[key]:
                continue
            self.answers.pop(key, None)
            # What builds on a message that could not be stored cannot be either.
            before = self.answers.get((tab, message.get("after")), {})
            answer = {name: before[name] for name in ("conflict", "sentence", "fault") if name in before}
            answer = answer or _stored(store, reviewer, message)
            self.answers[key] = {"tab": tab, "seq": message["seq"], **answer}
            while len(self.answers) > _MAX_REMEMBERED:
                self.answers.pop(next(iter(self.answers)))


def _stored(store: AuditStore, reviewer: str, message: dict[str, Any]) -> dict[str, Any]:
    """The answer to one message: `stored` with the review, `conflict` with theirs, or `fault` with a sentence."""
    try:
        neuron = store.run.neuron(message.get("neuron"))
        since = message.get("since")
        since = since if isinstance(since, int) else 0
        try:
            if message.get("kind") == "undo":
                return {"stored": as_json(store.undo(neuron, reviewer, since))}
            said = review_of(neuron, reviewer, message)
            return {"stored": as_json(store.review(said, since))}
        except Conflict as conflict:
            if message.get("kind") == "undo":
                again = conflict.theirs.action == "undo" and conflict.theirs.version == since + 1
            else:
                if not conflict.theirs.version:
                    return {"stored": as_json(store.review(said, 0))}  # nobody has said anything
                again = _alike(conflict.theirs, said)
            if again:  # it came before, and only the answer was lost
                return {"stored": as_json(conflict.theirs)}
            return {"conflict": as_json(conflict.theirs), "sentence": str(conflict)}
    except UserError as fault:
        return {"fault": str(fault)}


def review_of(neuron: int, reviewer: str, sent: dict[str, Any]) -> Review:
    """A review from what a browser sends; texts are checked by the store."""
    seconds, confidence = sent.get("seconds"), sent.get("confidence")
    good = isinstance(seconds, int | float) and math.isfinite(seconds) and seconds >= 0
    tags = sent.get("tags")
    return Review(
        neuron,
        reviewer,
        verdict=sent.get("verdict") or None,
        name=str(sent.get("name") or ""),
        note=str(sent.get("note") or ""),
        tags=tuple(map(str, tags)) if isinstance(tags, list) else (),
        confidence=confidence if isinstance(confidence, int) else None,
        blind=sent.get("blind") is True,
        seconds=float(seconds) if good else None,
    )


def as_json(said: Review) -> dict[str, Any]:
    return {**asdict(said), "tags": list(said.tags)}


def _alike(one: Review, other: Review) -> bool:
    """Whether two reviews say the same, spaces at the ends of texts apart."""

    def said(review: Review) -> list:
        values = (getattr(review, name) for name in _SAME)
        return [" ".join(value.split()) if isinstance(value, str) else value for value in values]

    return said(one) == said(other)
