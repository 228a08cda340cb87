"""Which neuron a reviewer judges next, and how much is left.

Two orders. By use:

    priority(k) = use(k) × uncertainty(k)
    use(k)         = Σ_u z_uk² / Σ_l Σ_u z_ul²                     share of the users' code energy
    uncertainty(k) = mean of the doubts that are known:
        name       1 without a name, else 1 − the share of its unseen items that bear it
        purity     4 h (1 − h), h the held-out purity: 1 at a half, 0 at nothing and at all
        reviewers  1 − m / (r + 1), m of r reviewers agree: 1 if nobody judged, 1/2 after one, 2/3 where two differ

The energy is read from the stored moments: the mean of z² over all users is density × (mean² + std²). At random: in an
order that a seed fixes for everybody, so that those who review from the top of it review the same random sample.

Neurons that never fire are in neither. What a reviewer has judged or skipped is done; what is inherited is not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from explorer.audit.values import JUDGEMENTS, Audit, Review
from explorer.errors import UserError, listed, quoted
from explorer.ratio import ratio
from explorer.runs import Run

Order = Literal["use", "random"]
ORDERS: tuple[Order, ...] = get_args(Order)
SAMPLE_SEED = 0
"""Of the random order that everybody follows unless they choose another."""
MIN_TIMED = 3
"""Neurons whose time is known before the time that is left is estimated."""


@dataclass(frozen=True)
class Progress:
    """How far a reviewer is with a queue."""

    done: int
    of: int
    seconds_each: float | None
    """Median time on a neuron; None before `MIN_TIMED` are timed."""

    @property
    def left(self) -> int:
        return self.of - self.done

    @property
    def seconds_left(self) -> float | None:
        return None if self.seconds_each is None else self.left * self.seconds_each


def queue(
    run: Run, audit: Audit, reviewer: str, order: Order = "use", seed: int = SAMPLE_SEED, size: int | None = None
) -> list[int]:
    """Numbers of the neurons that a reviewer has still to judge, the next one first.

    seed: of the random order; the order by use has none.
    size: only the first so many of the order; None: all that fire.
    """
    return [
        neuron for neuron in whole_queue(run, audit, reviewer, order, seed, size) if not _done(audit, neuron, reviewer)
    ]


def progress(
    run: Run, audit: Audit, reviewer: str, order: Order = "use", seed: int = SAMPLE_SEED, size: int | None = None
) -> Progress:
    """How many of the same queue are done, and how long one takes this reviewer."""
    every = whole_queue(run, audit, reviewer, order, seed, size)
    done = sum(_done(audit, neuron, reviewer) for neuron in every)
    return Progress(done, len(every), seconds_each(audit, reviewer))


def whole_queue(
    run: Run, audit: Audit, reviewer: str, order: Order = "use", seed: int = SAMPLE_SEED, size: int | None = None
) -> list[int]:
    """The same with those that are done."""
    if order not in ORDERS:
        raise UserError(f"{quoted(order)} is not an order of the queue; choose one of {listed(ORDERS)}.")
    if size is not None and size < 1:
        raise UserError(f"A queue of {size} neurons is empty; it must have at least 1.")
    return random_order(run, seed)[:size] if order == "random" else _by_priority(run, audit, reviewer)[:size]


def seconds_each(audit: Audit, reviewer: str) -> float | None:
    """Median seconds that a reviewer looks at a neuron; None before `MIN_TIMED` are timed."""
    timed = [said.seconds for said in _said_by(audit, reviewer) if said.verdict and said.seconds is not None]
    return float(np.median(timed)) if len(timed) >= MIN_TIMED else None


def random_order(run: Run, seed: int = SAMPLE_SEED) -> list[int]:
    """All neurons that fire, in a random order; the first m of it are a random sample of m."""
    return np.random.default_rng(seed).permutation(firing(run)).tolist()


def firing(run: Run) -> np.ndarray:
    """Numbers of the neurons that fire on any item or user."""
    return np.flatnonzero(run.index.neurons["max_activation"].to_numpy() > 0)


def use(run: Run) -> np.ndarray:
    """Share of the users' code energy that each neuron carries, `[n]`; of the items' if none fires on a user."""
    table = run.index.neurons
    for side in ("users", "items"):
        squares = table[f"mean_{side}"] ** 2 + table[f"std_{side}"] ** 2
        energy = (table[f"density_{side}"] * squares).fillna(0.0).to_numpy(float)
        if energy.sum() > 0:
            break
    return ratio(energy, energy.sum(), otherwise=0.0)


def uncertainty(run: Run, audit: Audit, without: str = "") -> np.ndarray:
    """How much is in doubt about each neuron, 0 to 1, `[n]`.

    without: a reviewer whose own judgements do not count, since the queue is theirs.
    """
    doubts = np.stack([_name_doubt(run), _purity_doubt(run), _reviewers_doubt(run, audit, without)])
    return np.nanmean(doubts, axis=0)


def has_name(run: Run, audit: Audit | None = None) -> np.ndarray:
    """Whether a neuron has a name, bool `[n]`: one that holds, or one that somebody gave it."""
    named = run.index.named.to_numpy(bool).copy()
    named[[*run.proposed, *(audit.own_names() if audit else ())]] = True
    return named


def _by_priority(run: Run, audit: Audit, reviewer: str) -> list[int]:
    numbers = firing(run)
    priority = (use(run) * uncertainty(run, audit, reviewer))[numbers]
    return numbers[np.argsort(-priority, kind="stable")].tolist()


def _name_doubt(run: Run) -> np.ndarray:
    holds = run.index.neurons["name_holds"].to_numpy(float)
    return np.where(run.index.named, 1 - holds, 1.0)  # NaN where names were not checked


def _purity_doubt(run: Run) -> np.ndarray:
    held_out = run.index.neurons["held_out"].to_numpy(float)
    return 4 * held_out * (1 - held_out)


def _reviewers_doubt(run: Run, audit: Audit, without: str) -> np.ndarray:
    doubt = np.ones(run.index.n)
    for neuron in {said.neuron for said in audit.reviews}:
        others = (one for one in audit.of(neuron) if one.judged and one.reviewer.casefold() != without.casefold())
        given = [one.verdict for one in others]
        doubt[neuron] = 1 - max(map(given.count, JUDGEMENTS)) / (len(given) + 1)
    doubt[[one.neuron for one in audit.resolutions if one.verdict]] = 0.0
    return doubt


def _done(audit: Audit, neuron: int, reviewer: str) -> bool:
    said = audit.by(neuron, reviewer)
    return said is not None and said.verdict is not None and not said.inherited


def _said_by(audit: Audit, reviewer: str) -> list[Review]:
    return [one for one in audit.reviews if one.reviewer.casefold() == reviewer.casefold() and not one.inherited]
