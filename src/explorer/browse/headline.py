"""How good the neurons of a run are, as ratios to what they are compared with, and what simpler methods reach."""

from __future__ import annotations

from dataclasses import dataclass

from explorer import glossary
from explorer.audit import Audit
from explorer.browse.families import clear_neurons
from explorer.browse.overview import Dictionary
from explorer.glossary import Term
from explorer.measures import ACCURACY_LENGTH, COMPARED_LENGTH, HELD_OUT, HELD_OUT_DEPTHS, OVERLAP, RBO, measure
from explorer.recommenders import has_accuracy, model_title
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


def headline(run: Run, found: Dictionary, audit: Audit, popular: float | None) -> list[Fact]:
    """Five numbers: how much of users' taste has names, whether the names hold, how pure neurons are, how well they
    rebuild the lists, and how accurate the recommender is. Where nothing is named, the first ones are about neurons
    whose items are alike (`clear_neurons`).

    popular: NDCG of the most popular items (`popular_ndcg`).
    """
    if found.named.any() or run.dataset.genres:
        meaning = [_taste(run, found), _names(run, found), _purity(run)]
    else:
        meaning = [_clear_taste(run, found, audit), _alike(run)]
    return [*meaning, _lists(run), _accuracy(run, popular)]


def headline_sentence(run: Run, found: Dictionary, audit: Audit) -> str:
    """What the dictionary comes to; where nothing is named, how many neurons have items that are alike."""
    said = found.sentence()
    if found.named.any() or len(found.parts["silent"].neurons) == found.n:
        return said
    clear = len(clear_neurons(run, found, audit))
    why = "" if run.dataset.genres else f", as the data names no {run.dataset.nouns.facets}"
    return (
        f"None of the {found.n:,} neurons has a name{why}. "
        f"{clear:,} of them have {run.dataset.nouns.items} that are more alike than by chance."
    )


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
    return Fact("Taste in named neurons", taste, below, glossary.TASTE)


def _clear_taste(run: Run, found: Dictionary, audit: Audit) -> Fact:
    clear = clear_neurons(run, found, audit)
    known = len(found.taste) > 0 and bool((found.taste == found.taste).all())
    taste = percent(float(found.taste[clear].sum())) if known else MISSING
    return Fact("Taste in clear neurons", taste, f"{len(clear):,} of {found.n:,} neurons", glossary.CLEAR_NEURONS)


def _alike(run: Run) -> Fact:
    """How similar the strongest items of a neuron are to the recommender, against any two items."""
    ours, chance = run.metrics.baselines.neurons, run.metrics.baselines.random
    below = f"any two {run.dataset.nouns.items}; random directions {times(chance.ms, ours.ms_base_rate)}"
    return Fact("How alike their items are", times(ours.ms, ours.ms_base_rate), below, glossary.MS)


def _names(run: Run, found: Dictionary) -> Fact:
    neurons, items = run.index.neurons, run.dataset.nouns.items
    held = neurons[found.named & run.index.named.to_numpy(bool)] if run.index.names_checked else neurons[:0]
    label, term = "Names hold", glossary.NAMES_HOLD
    if held.empty:
        return Fact(label, MISSING, "no name to check" if run.index.names_checked else NOT_MEASURED, term)
    holds, base = held["name_holds"].mean(), held["name_base_rate"].mean()
    return Fact(label, percent(holds), f"of unseen {items}, {times(holds, base)} their share of all", term)


def _purity(run: Run) -> Fact:
    title, chance = "Purity above chance", run.metrics.baselines.random
    ours, theirs = _held_out(run.metrics.baselines.neurons), _held_out(chance)
    if ours is None or theirs is None:
        return Fact(title, MISSING, NOT_MEASURED, glossary.HELD_OUT_PURITY)
    below = f"{percent(ours)} against {percent(theirs)} by random directions"
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
    if not has_accuracy(run.config.recommender):
        title = model_title(run.config.recommender)
        return Fact("Accuracy of lists", MISSING, f"{title} may have seen the held-out positives", glossary.UNSEEN)
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
