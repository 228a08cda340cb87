"""How well people tell neurons' items from others: the human measure of monosemanticity.

A neuron's score in a test is the share of correct decisions over all its answers, with Clopper and Pearson's interval.
A run's score is the mean over the neurons that were tested: each counts the same, however often it was tested. Answers
on one neuron are alike, so its interval is that of clusters (`clustered_interval`).

p is exact: the probability that somebody who chooses as many items as was chosen, but at random, is right at least as
often. Of the N items of a question R are right; h of t that are chosen at random are, which is hypergeometric; in the
forward test 2 h + N − R − t of the N decisions are correct then. The distributions of h of all answers are convolved.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any, Literal

import numpy as np
from scipy.stats import hypergeom, rankdata

from explorer.audit.intervals import DRAWS, clustered_interval, percentile_interval, share_interval
from explorer.audit.values import JUDGEMENTS, TRIAL_KINDS, Audit, Trial, TrialKind, same_reviewer
from explorer.runs import Run

Human = Literal["verdict", "intruder", "forward"]
MIN_NEURONS = 10
"""Neurons below which a correlation says nothing."""
_VALUE = {"real": 1.0, "partly": 0.5, "not": 0.0}


@dataclass(frozen=True)
class Score:
    """The answers to one kind of test: of a neuron, or of several."""

    kind: TrialKind
    neurons: int
    answers: int
    decisions: int
    correct: int
    share: float
    """Of a neuron: of the decisions; of several: mean over neurons."""
    chance: float
    """What somebody who guesses would reach."""
    low: float
    high: float
    """Ends of the 95% interval of the share."""
    p: float
    """Probability of as many correct decisions for somebody who guesses."""


def neuron_score(audit: Audit, neuron: int, kind: TrialKind, reviewer: str | None = None) -> Score | None:
    """The score of a neuron; None if it was not tested. `reviewer`: only of their answers."""
    return score([one for one in _trials(audit, kind, reviewer) if one.neuron == neuron])


def run_score(audit: Audit, kind: TrialKind, reviewer: str | None = None) -> Score | None:
    """The score over all neurons that were tested; None if none was. `reviewer`: only of their answers."""
    return score(_trials(audit, kind, reviewer))


def run_scores(audit: Audit) -> list[tuple[str | None, Score]]:
    """The scores by kind of test: over everybody (None), then of each reviewer where there are several."""
    found: list[tuple[str | None, Score]] = []
    for kind in TRIAL_KINDS:
        people = dict.fromkeys(one.reviewer for one in _trials(audit, kind))
        for who in (None, *(sorted(people, key=str.casefold) if len(people) > 1 else ())):
            if (of_them := run_score(audit, kind, who)) is not None:
                found.append((who, of_them))
    return found


def score(trials: Sequence[Trial]) -> Score | None:
    """The score of answers to one kind of test; None if there are none."""
    if not trials:
        return None
    correct, decisions = sum(one.correct for one in trials), sum(one.decisions for one in trials)
    shares = _shares(trials)
    if len(shares) == 1:
        share, (low, high) = correct / decisions, share_interval(correct / decisions, decisions)
    else:
        share, (low, high) = float(shares.mean()), clustered_interval(shares, decisions)
    return Score(
        trials[0].kind,
        len(shares),
        len(trials),
        decisions,
        correct,
        share,
        float(np.mean([one.chance for one in trials])),
        low,
        high,
        guessing_p(trials),
    )


def guessing_p(trials: Iterable[Trial]) -> float:
    """Probability that random choices of as many items are right at least as often as the answers were."""
    # In hits: the decisions that are correct without them do not vary.
    hits, chances = 0, np.ones(1)
    for one in trials:
        hits += len(set(one.answer) & set(one.right))
        chances = np.convolve(chances, _guessing(len(one.items), len(one.right), len(one.answer)))
    return float(min(chances[hits:].sum(), 1.0))


@cache
def _guessing(n: int, right: int, chosen: int) -> np.ndarray:
    """Probability of 0, 1, … of the right ones among so many chosen at random of n."""
    return hypergeom.pmf(np.arange(right + 1), n, right, chosen)


@dataclass(frozen=True)
class Correlation:
    """Whether people and held-out purity agree on which neurons are good."""

    human: Human
    neurons: int
    """With both."""
    rho: float | None = None
    """Spearman's; None where `reason` says why."""
    low: float | None = None
    high: float | None = None
    reason: str = ""


def correlation(run: Run, audit: Audit, human: Human, seed: int = 0) -> Correlation:
    """Spearman's rank correlation of what people say of a neuron with its held-out purity, over the neurons that have
    both, with a 95% interval from a bootstrap over neurons.

    human: the score in a test, or the verdict: real 1, partly ½, not 0, mean over reviewers, or what was agreed on.
    """
    purity = run.index.neurons["held_out"].to_numpy(float)
    if np.isnan(purity).all():
        return Correlation(human, 0, reason="This run has no held-out purity of its neurons.")
    said = human_scores(audit, human)
    pairs = np.array([(value, purity[neuron]) for neuron, value in said.items() if not np.isnan(purity[neuron])])
    n = len(pairs)
    if n < MIN_NEURONS:
        return Correlation(human, n, reason=f"{n} neurons have both; it takes {MIN_NEURONS} to say whether they agree.")
    x, y = pairs.T
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        which = "people say the same of" if np.ptp(x) == 0 else "held-out purity is the same for"
        return Correlation(human, n, reason=f"Nothing to compare: {which} all {n} neurons.")
    rows = np.random.default_rng(seed).integers(0, n, (DRAWS, n))
    low, high = percentile_interval(_spearman(x[rows], y[rows]))
    return Correlation(human, n, float(_spearman(x[None], y[None])[0]), low, high)


def human_scores(audit: Audit, human: Human) -> dict[int, float]:
    """What people say of each neuron that they said anything of, 0 to 1."""
    if human != "verdict":
        trials = _trials(audit, human)
        return dict(zip(sorted({one.neuron for one in trials}), _shares(trials).tolist(), strict=True))
    found = {}
    for neuron in sorted({said.neuron for said in (*audit.reviews, *audit.resolutions)}):
        resolved = audit.resolution(neuron)
        if resolved is not None and resolved.verdict in JUDGEMENTS:
            found[neuron] = _VALUE[resolved.verdict]
        elif given := [_VALUE[one.verdict] for one in audit.of(neuron) if one.judged]:
            found[neuron] = float(np.mean(given))
    return found


def as_json(found: Score | Correlation | None) -> dict[str, Any] | None:
    return None if found is None else asdict(found)


def _trials(audit: Audit, kind: str, reviewer: str | None = None) -> list[Trial]:
    return [
        one for one in audit.trials if one.kind == kind and (reviewer is None or same_reviewer(one.reviewer, reviewer))
    ]


def _shares(trials: Sequence[Trial]) -> np.ndarray:
    """Share of correct decisions of each neuron, in the order of their numbers."""
    if not trials:
        return np.zeros(0)
    of = np.unique([one.neuron for one in trials], return_inverse=True)[1]
    correct, decisions = (np.bincount(of, [getattr(one, name) for one in trials]) for name in ("correct", "decisions"))
    return correct / decisions


def _spearman(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Of each row of `[B, n]`; NaN where one is constant."""
    a, b = (rankdata(values, axis=1) - (values.shape[1] + 1) / 2 for values in (x, y))
    norm = np.sqrt((a**2).sum(axis=1) * (b**2).sum(axis=1))
    return np.where(norm > 0, (a * b).sum(axis=1) / np.where(norm > 0, norm, 1), np.nan)
