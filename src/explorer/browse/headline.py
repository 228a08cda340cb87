"""How good the neurons of a run are, as ratios to what they are compared with, and what simpler methods reach."""

from __future__ import annotations

from dataclasses import dataclass

from explorer import glossary
from explorer.browse.overview import Dictionary
from explorer.glossary import Term
from explorer.measures import ACCURACY_LENGTH, COMPARED_LENGTH, HELD_OUT, HELD_OUT_DEPTHS, OVERLAP, RBO, measure
from explorer.recommenders.most_popular import most_popular_ndcg
from explorer.runs import Run
from explorer.runs.metrics import BASELINE_TITLES, RunMetrics, Summary
from explorer.text import MISSING, percent

RIVALS = ("fastica", "kmeans", "pca", "raw", "rotation")
"""Baselines that somebody might use instead of an autoencoder."""
AS_GOOD = 0.02
"""A baseline that falls short by less than this does as well."""
NOT_MEASURED = "not measured"


@dataclass(frozen=True)
class Fact:
    """One number of the headline."""

    label: str
    value: str
    below: str
    """What it is compared with."""
    term: Term


def times(value: float | None, other: float | None) -> str:
    """`2.4 ×`: how many times as much; a dash where there is nothing to compare."""
    if value is None or other is None or not other > 0:
        return MISSING
    quotient = value / other
    return f"{quotient:.0f} ×" if quotient >= 9.95 else f"{quotient:.1f} ×"


def headline(run: Run, found: Dictionary, popular: float | None) -> list[Fact]:
    """Five numbers: how much of users' taste has names, whether the names hold, how pure neurons are, how well they
    rebuild the lists, and how accurate the recommender is.

    popular: NDCG of the most popular items (`popular_ndcg`).
    """
    return [_taste(run, found), _names(run, found), _purity(run), _lists(run), _accuracy(run, popular)]


def popular_ndcg(run: Run) -> float:
    """NDCG@20 of the most popular items that each user does not know yet."""
    data = run.dataset
    return most_popular_ndcg(data.items["popularity"].to_numpy(), data.seen, data.test, ACCURACY_LENGTH)


def _taste(run: Run, found: Dictionary) -> Fact:
    below = f"{int(found.named.sum()):,} of {found.n:,} neurons have names"
    covered = run.metrics.concepts and run.metrics.concepts.coverage
    if covered and covered.lift is not None and (found.named == run.index.named.to_numpy(bool)).all():
        below = f"{percent(covered.lift)} of what lifts items into lists"
    taste = MISSING if found.named_taste is None else percent(found.named_taste)
    return Fact("Taste that has names", taste, below, glossary.TASTE)


def _names(run: Run, found: Dictionary) -> Fact:
    neurons, items = run.index.neurons, run.dataset.nouns.items
    held = neurons[found.named & run.index.named.to_numpy(bool)] if run.index.names_checked else neurons[:0]
    label, term = f"Names hold for unseen {items}", glossary.NAMES_HOLD
    if held.empty:
        return Fact(label, MISSING, "no name to check" if run.index.names_checked else NOT_MEASURED, term)
    holds, base = held["name_holds"].mean(), held["name_base_rate"].mean()
    return Fact(label, percent(holds), f"{times(holds, base)} their share of all {items}", term)


def _purity(run: Run) -> Fact:
    title, chance = "Purity above chance", run.metrics.baselines.random
    ours, theirs = _held_out(run.metrics.baselines.neurons), _held_out(chance)
    if ours is None or theirs is None:
        return Fact(title, MISSING, NOT_MEASURED, glossary.HELD_OUT_PURITY)
    below = f"{percent(ours)} against {percent(theirs)} of random directions"
    return Fact(title, times(ours, theirs), below, glossary.HELD_OUT_PURITY)


def _lists(run: Run) -> Fact:
    metrics = run.metrics
    rotation, kept = metrics.baselines.rotation, measure(OVERLAP).text(metrics.fidelity.overlap)
    title = "Lists kept when rebuilt"
    if rotation is None or metrics.fidelity.rbo is None or rotation.rbo is None:
        return Fact(title, kept, f"of {COMPARED_LENGTH} {run.dataset.nouns.items}", glossary.OVERLAP)
    more = times(metrics.fidelity.rbo, rotation.rbo)
    return Fact(title, kept, f"agreement {more} a random rotation’s", glossary.OVERLAP)


def _accuracy(run: Run, popular: float | None) -> Fact:
    model, rebuilt = run.metrics.recommender.ndcg, run.metrics.fidelity.ndcg
    kept = f"; {percent(rebuilt / model)} of it rebuilt" if model and rebuilt is not None else ""
    below = f"the most popular {run.dataset.nouns.items}{kept}"
    return Fact("Accuracy of lists", times(model, popular), below, glossary.MOST_POPULAR)


def _held_out(summary: Summary | None) -> float | None:
    return summary and (summary.held_out_purity or {}).get(HELD_OUT_DEPTHS[0])


def beside_simpler(metrics: RunMetrics) -> list[str]:
    """A sentence on purity and one on lists: the best of the simpler methods, whether or not it does better."""
    baselines = metrics.baselines
    there = {name: found for name in RIVALS if (found := getattr(baselines, name)) is not None}
    sentences = []
    for what, form, ours, theirs in (
        ("held-out purity", HELD_OUT, _held_out(baselines.neurons), {k: _held_out(v) for k, v in there.items()}),
        ("list agreement", RBO, metrics.fidelity.rbo, {name: found.rbo for name, found in there.items()}),
    ):
        measured = {name: value for name, value in theirs.items() if value is not None}
        if ours is None or not measured:
            continue
        best = max(measured, key=measured.__getitem__)
        sentences.append(_beside(what, BASELINE_TITLES[best], ours, measured[best], measure(form).text))
    return sentences


def _beside(what: str, title: str, ours: float, theirs: float, text) -> str:
    if theirs > ours + AS_GOOD:
        return f"{title}, without an autoencoder, does better on {what}: {text(theirs)} against {text(ours)}."
    if theirs >= ours - AS_GOOD:
        return f"{title}, without an autoencoder, does as well on {what}: {text(theirs)} against {text(ours)}."
    return f"Of simpler methods {title} comes closest on {what}: {text(theirs)} against {text(ours)}."
