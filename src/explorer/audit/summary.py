"""What people have said of a run, in a few numbers and in a sentence."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from explorer.audit.agreement import Agreement, agreement
from explorer.audit.intervals import sample_interval
from explorer.audit.queue import SAMPLE_SEED, firing, has_name, random_order
from explorer.audit.scores import Correlation, Score, as_json, correlation, run_score, run_scores
from explorer.audit.values import STANDINGS, Audit, Standing
from explorer.runs import Run
from explorer.text import p_value, percent

MIN_SAMPLE = 10
"""Neurons from the top of the random order that must be judged for it to speak for the others: so many are hardly
judged by chance by somebody who follows another order."""
SEVERAL = 2
"""People who say the same before a neuron counts as confirmed by more than one."""


@dataclass(frozen=True)
class SampleEstimate:
    """What a random sample says of all neurons that fire."""

    seed: int
    neurons: int
    """Judged, from the top of the random order, with no gap."""
    skipped: int
    """Neurons among them of which nobody could say anything; they do not count."""
    real: int
    of: int
    """Neurons that fire."""
    share: float
    low: float
    high: float
    """Ends of the 95% interval of the share of all that fire."""


@dataclass(frozen=True)
class AuditSummary:
    """The state of an audit. A neuron is confirmed if what stands for it is `real`."""

    neurons: int
    live: int
    """That fire on any item or user."""
    named: int
    """With a name that holds, or one that somebody gave."""
    reviewed: int
    """Judged by anybody."""
    inherited: int
    """With a verdict from an earlier run only, which counts nowhere."""
    confirmed: int
    """Named neurons that are confirmed."""
    confirmed_by_several: int
    """Those of them that two people or more say are real."""
    standings: dict[Standing, int]
    """Neurons, named or not, by what stands for them."""
    reviewers: tuple[str, ...]
    """Who judged anything."""
    agreement: Agreement
    intruder: Score | None
    forward: Score | None
    by_reviewer: tuple[tuple[str, Score], ...]
    """Each reviewer's own scores, where several took a test."""
    sample: SampleEstimate | None
    correlations: tuple[Correlation, ...]

    def sentence(self) -> str:
        """`86 of 120 named neurons confirmed by 2 people, κ .71`."""
        if not self.reviewed:
            inherited = f"; {self.inherited} inherited, unconfirmed" if self.inherited else ""
            return f"Not reviewed by anybody yet{inherited}"
        if not self.named:
            return f"{self.standings['real']} of {self.live} neurons confirmed; none of them has a name"
        said = f"{self.confirmed} of {self.named} named neurons confirmed{self._by()}"
        kappa = self.agreement.kappa
        return said if kappa is None else f"{said}, κ {_decimals(kappa)}"

    def _by(self) -> str:
        several, confirmed = self.confirmed_by_several, self.confirmed
        if not confirmed or len(self.reviewers) == 1:
            return f" by {_people(len(self.reviewers))}"
        if not several:
            return " by one person each"
        by = _people(SEVERAL) if len(self.reviewers) == SEVERAL else "2 people or more"
        return f" by {by}" if several == confirmed else f", {several} of them by {by}"

    def lines(self) -> list[tuple[str, str]]:
        """What each number is, and the number, as text."""
        rows = [
            ("Named neurons confirmed", f"{self.confirmed} of {self.named}"),
            ("by 2 people or more", f"{self.confirmed_by_several} of {self.named}"),
            ("Neurons reviewed", f"{self.reviewed} of {self.live} that fire"),
            ("Inherited, unconfirmed", str(self.inherited)),
            ("Verdicts", ", ".join(f"{n} {standing}" for standing, n in self.standings.items() if standing != "open")),
            ("Reviewers", ", ".join(self.reviewers) or "nobody"),
            ("Agreement", _agreement_text(self.agreement)),
            ("Intruder test", _score_text(self.intruder)),
            ("Forward test", _score_text(self.forward)),
            ("Random sample", _sample_text(self.sample)),
        ]
        names = {"verdict": "Verdict", "intruder": "Intruder test", "forward": "Forward test"}
        rows += [(f"{names[score.kind]}, {who}", _score_text(score)) for who, score in self.by_reviewer]
        rows += [(f"{names[one.human]} and held-out purity", _correlation_text(one)) for one in self.correlations]
        return rows

    def as_json(self) -> dict[str, Any]:
        return {
            "sentence": self.sentence(),
            "neurons": self.neurons,
            "live": self.live,
            "named": self.named,
            "reviewed": self.reviewed,
            "inherited": self.inherited,
            "confirmed": self.confirmed,
            "confirmed_by_several": self.confirmed_by_several,
            "standings": dict(self.standings),
            "reviewers": list(self.reviewers),
            "agreement": self.agreement.as_json(),
            "tests": {
                "intruder": as_json(self.intruder),
                "forward": as_json(self.forward),
                "by_reviewer": [{"reviewer": who} | asdict(score) for who, score in self.by_reviewer],
            },
            "random_sample": None if self.sample is None else asdict(self.sample),
            "held_out_correlations": [as_json(one) for one in self.correlations],
        }


def summarise_audit(run: Run, audit: Audit, seed: int = SAMPLE_SEED) -> AuditSummary:
    """The state of a run's audit; `seed` is that of the random order that its sample was drawn by."""
    said_of = {one.neuron for one in (*audit.reviews, *audit.resolutions)}
    standing: list[Standing] = [audit.standing(k) if k in said_of else "open" for k in range(run.index.n)]
    real = np.array([what == "real" for what in standing])
    named, fires = has_name(run, audit), firing(run)
    confirmed = np.flatnonzero(named & real)
    judges = {one.reviewer.casefold(): one.reviewer for one in audit.reviews if one.judged}
    return AuditSummary(
        neurons=run.index.n,
        live=len(fires),
        named=int(named.sum()),
        reviewed=sum(what != "open" for what in standing),
        inherited=sum(
            standing[k] == "open" and any(one.inherited and one.verdict for one in audit.of(k)) for k in sorted(said_of)
        ),
        confirmed=len(confirmed),
        confirmed_by_several=sum(len(_confirming(audit, neuron)) >= SEVERAL for neuron in confirmed.tolist()),
        standings={what: standing.count(what) for what in STANDINGS},
        reviewers=tuple(judges[key] for key in sorted(judges)),
        agreement=agreement(audit),
        intruder=run_score(audit, "intruder"),
        forward=run_score(audit, "forward"),
        by_reviewer=tuple((who, score) for who, score in run_scores(audit) if who is not None),
        sample=sample_estimate(run, audit, seed),
        correlations=tuple(correlation(run, audit, human) for human in ("verdict", "intruder", "forward")),
    )


def sample_estimate(run: Run, audit: Audit, seed: int = SAMPLE_SEED) -> SampleEstimate | None:
    """What share of all neurons that fire is real, from those at the top of the random order that were judged up to the
    first that was not; None if these are fewer than `MIN_SAMPLE`."""
    order = random_order(run, seed)
    skipped = real = judged = 0
    for neuron in order:
        standing = audit.standing(neuron)
        if standing == "open":
            if not any(one.verdict == "skip" and not one.inherited for one in audit.of(neuron)):
                break
            skipped += 1
            continue
        judged += 1
        real += standing == "real"
    if judged < MIN_SAMPLE:
        return None
    total = len(order) - skipped
    low, high = sample_interval(real, judged, total)
    return SampleEstimate(seed, judged, skipped, real, total, real / judged, low, high)


def sample_margin(run: Run, size: int) -> float:
    """How far a random sample of so many neurons may be from the share of all that fire: half the width of the 95%
    interval where half of them are real, which is the widest."""
    total = len(firing(run))
    n = min(size, total)
    low, high = sample_interval(n // 2, n, total)
    return (high - low) / 2


def _confirming(audit: Audit, neuron: int) -> set[str]:
    """Who says that a neuron is real: by a judgement, or by a resolution that they wrote down."""
    people = {one.reviewer.casefold() for one in audit.of(neuron) if one.judged and one.verdict == "real"}
    resolved = audit.resolution(neuron)
    return people | ({resolved.reviewer.casefold()} if resolved is not None and resolved.verdict == "real" else set())


def _people(n: int) -> str:
    return f"{n} person" if n == 1 else f"{n} people"


def _decimals(value: float) -> str:
    """`.71`, `−.08`."""
    return f"{value:.2f}".replace("0.", ".", 1).replace("-", "−")


def _agreement_text(found: Agreement) -> str:
    if found.share is None:
        return found.reason
    said = f"{percent(found.share)} of pairs on {found.neurons} neurons"
    if found.kappa is None:
        return f"{said}. {found.reason}"
    between = f"95% interval {_decimals(found.low)} to {_decimals(found.high)}"
    return f"κ {_decimals(found.kappa)} ({found.kind}; {between}); {said}"


def _score_text(found: Score | None) -> str:
    if found is None:
        return "not taken yet"
    interval = f"95% interval {percent(found.low)} to {percent(found.high)}"
    neurons = "1 neuron" if found.neurons == 1 else f"{found.neurons} neurons"
    return f"{percent(found.share)} right, chance {percent(found.chance)} ({interval}; {p_value(found.p)}; {neurons})"


def _sample_text(found: SampleEstimate | None) -> str:
    if found is None:
        return f"fewer than {MIN_SAMPLE} judged in the random order"
    interval = f"95% interval {percent(found.low)} to {percent(found.high)}"
    return f"{percent(found.share)} of all {found.of} neurons are real ({interval}; from {found.neurons})"


def _correlation_text(found: Correlation) -> str:
    if found.rho is None:
        return found.reason
    interval = f"95% interval {_decimals(found.low)} to {_decimals(found.high)}"
    return f"ρ {_decimals(found.rho)} ({interval}; {found.neurons} neurons)"
