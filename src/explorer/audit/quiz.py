"""A reviewer at the tests: which questions come next, and their answers stored."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from explorer.audit.queue import random_order
from explorer.audit.store import AuditStore
from explorer.audit.trials import NoQuestion, Question, answered, draw, next_seed
from explorer.audit.values import Audit, TrialKind, same_reviewer
from explorer.errors import UserError
from explorer.runs import Run

Drawn = Callable[[Run, int, TrialKind, int], Question | NoQuestion]
AHEAD = 4
"""Questions drawn before they are needed."""
SECONDS = 1.0
_MAX_REMEMBERED = 200


def next_questions(
    run: Run,
    audit: Audit,
    reviewer: str,
    kind: TrialKind,
    n: int = AHEAD,
    drawn: Drawn = draw,
    seconds: float = SECONDS,
) -> tuple[list[Question], bool]:
    """The next questions of a reviewer, and whether neurons are left that were not tried: of some there is no question,
    which takes a while to find out.

    Each is of another neuron: first those that the reviewer was tested on least, in the random order that everybody
    follows, so that the score speaks for the run.

    drawn: `draw`, or the same with a memory.
    seconds: for which it tries at most.
    """
    mine = [one for one in audit.trials if one.kind == kind and same_reviewer(one.reviewer, reviewer)]
    times = Counter(one.neuron for one in mine)
    found: list[Question] = []
    until = time.monotonic() + seconds
    for neuron in sorted(random_order(run), key=lambda neuron: times[neuron]):
        if len(found) == n or time.monotonic() > until:
            return found, True
        question = drawn(run, neuron, kind, next_seed(run, audit, neuron, reviewer, kind))
        if isinstance(question, Question):
            found.append(question)
    return found, False


@dataclass
class Quiz:
    """Stores what a browser answers, and remembers that it did."""

    answers: dict[tuple[str, int], dict[str, Any]] = field(default_factory=dict)
    """By tab of the browser and number of the message."""

    def take(self, store: AuditStore, reviewer: str, tab: str, messages: Sequence[Any]) -> None:
        """Store answers in their order; one that comes twice is stored once."""
        for message in messages:
            if not isinstance(message, dict) or not isinstance(message.get("seq"), int):
                continue
            key = (tab, message["seq"])
            if "stored" in self.answers.get(key, {}):
                continue
            self.answers[key] = {"tab": tab, "seq": message["seq"], **_stored(store, reviewer, message)}
            while len(self.answers) > _MAX_REMEMBERED:
                self.answers.pop(next(iter(self.answers)))


def _stored(store: AuditStore, reviewer: str, message: dict[str, Any]) -> dict[str, Any]:
    """`stored`, or `fault` with a sentence."""
    try:
        neuron, kind, seed = store.run.neuron(message.get("neuron")), message.get("kind"), message.get("seed")
        if kind not in ("intruder", "forward") or not isinstance(seed, int):
            raise UserError("This is not an answer to a test.")
        if any(
            (one.neuron, one.kind, one.seed) == (neuron, kind, seed) and same_reviewer(one.reviewer, reviewer)
            for one in store.load().trials
        ):
            return {"stored": True}
        question = draw(store.run, neuron, kind, seed, message.get("name"))
        if not isinstance(question, Question):
            raise UserError(question.reason)
        rows = [row for place, row in enumerate(question.items) if place in (message.get("chosen") or ())]
        seconds = message.get("seconds")
        good = isinstance(seconds, int | float) and math.isfinite(seconds) and seconds >= 0
        store.answer(answered(question, reviewer, rows, float(seconds) if good else None))
        return {"stored": True}
    except UserError as fault:
        return {"fault": str(fault)}
