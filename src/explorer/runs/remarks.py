"""What has to be said beside the numbers of a run: what it lacks and why, and what it must not be taken for."""

from __future__ import annotations

import shlex

from explorer.measures import HELD_OUT_DEPTHS, PURITY_DEPTHS, measure
from explorer.runs.metrics import RunMetrics

MAX_ANTIPODAL = 0.5
"""Share of live neurons with an opposite one from which on a dictionary is called a rotation."""


def lacks_measures(metrics: RunMetrics, folder: object) -> str:
    """Two sentences for a run from before coverage and held-out measures, with the command that adds them; else ""."""
    if metrics.concepts is not None:
        return ""
    return (
        "This run is of an older format: coverage, held-out purity and some baselines were not measured. "
        f"`python -m explorer evaluate {shlex.quote(str(folder))} --update` adds them."
    )


def is_rotation(metrics: RunMetrics) -> str:
    """Two sentences for a run most of whose live neurons come in pairs of opposites; else ""."""
    concepts = metrics.concepts
    if concepts is None or (concepts.antipodal or 0) <= MAX_ANTIPODAL:
        return ""
    share = measure("antipodal").text(concepts.antipodal)
    return (
        f"This dictionary is mostly a rotation of the embeddings: {share} of its live neurons have another one "
        "pointing the opposite way. Compare it with a random rotation at the same number of coordinates."
    )


def not_measured(metrics: RunMetrics) -> list[str]:
    """A sentence for every measure of a run that has no number, which says why."""
    concepts = metrics.concepts
    if concepts is None:
        return []
    reasons = []
    if not metrics.purity[PURITY_DEPTHS[0]].by_genre and not concepts.held_out.ap.by_genre:
        reasons.append(
            "There is no held-out purity or average precision: no facet is carried by ranked items of both halves."
        )
    else:
        reasons += [
            f"There is no held-out purity@{k}: half of the ranked items are fewer than {k}."
            for k in HELD_OUT_DEPTHS
            if concepts.held_out.purity[k].mean is None
        ]
    if not concepts.alive:
        reasons.append("No neuron is alive: none fires on 10 ranked items and 20 users.")
    elif not concepts.named:
        reasons.append("No live neuron has a name, so there is no share of names that hold.")
    elif concepts.name_holds is None:
        reasons.append("It is not known whether names hold: they were not checked on other items.")
    if concepts.coverage.energy is None:
        reasons.append("There is no coverage: no neuron fires on any user.")
    if concepts.coverage.lift is None:
        reasons.append("There is no coverage of lists: recommended items do not score above the average item.")
    if concepts.coverage.rbo is None:
        reasons.append("Lists could not be compared: no user has held-out positives.")
    if metrics.baselines.fastica is None:
        reasons.append("FastICA is not among the baselines: there are too few items for it.")
    return reasons
