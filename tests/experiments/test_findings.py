"""Sentences on experiments say the numbers of the tables."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from explorer.experiments.cohort import Cohort
from explorer.experiments.experiment import Experiment, sweep
from explorer.experiments.findings import experiment_sentences, rounds_sentences
from explorer.experiments.simulation import rounds
from explorer.measures import LIST_KEPT, LIST_NDCG, LIST_SHARE

COHORT = Cohort(np.arange(4), "all", 4)


def made(kind="nudge", other=0.2, low=-0.1, high=0.1) -> Experiment:
    values = {LIST_SHARE: (0.1, 0.8), LIST_KEPT: (1.0, 0.25), LIST_NDCG: (0.3, 0.15)}
    dose = 1.0 if kind == "nudge" else -1.0
    rows = [
        {"arm": arm, "dose": at, "measure": name, "value": value}
        for name, pair in values.items()
        for arm, at, value in (("own", np.nan, pair[0]), ("neuron", dose, pair[1]))
    ]
    equal = [
        {"arm": "centroid", "dose": dose, "measure": LIST_NDCG, "value": 0.15, "other": other, "low": low, "high": high}
    ]
    return Experiment(kind, "5", (5,), "Horror", None, COHORT, pd.DataFrame(rows), pd.DataFrame(equal))


@pytest.mark.parametrize("kind", ["nudge", "suppress"])
def test_the_first_sentence_says_effect_and_price_at_the_full_dose(tiny_run, kind):
    first = experiment_sentences(tiny_run, made(kind))[0]
    at = "1" if kind == "nudge" else "-1"
    before, after = first.split("; ")
    assert before == f"At {at}, 80% of the lists are Horror instead of 10%"
    assert after == "25% of the items stay, and NDCG goes from 0.300 to 0.150."


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (0.01, 0.1, "cheaper at 1 of 1"),
        (-0.2, -0.1, "dearer at 1"),
        (-0.1, 0.1, "cheaper at 0 of 1 doses, dearer at 0"),
    ],
)
def test_another_way_is_cheaper_or_dearer_only_where_the_band_says_so(tiny_run, low, high, verdict):
    second = experiment_sentences(tiny_run, made(low=low, high=high))[1]
    assert "Centroid, at the same effect: NDCG 0.200 instead of 0.150" in second and verdict in second


def test_a_way_that_does_not_get_as_far_says_so(tiny_run):
    nan = float("nan")
    assert "does not get as far" in experiment_sentences(tiny_run, made(other=nan, low=nan, high=nan))[1]


def test_sentences_of_real_experiments_are_of_their_own_numbers(tiny_run):
    found = sweep(tiny_run, "suppress", 5, COHORT, [0.0, -0.5])
    share = found.table.query("arm == 'neuron' and dose == -0.5 and measure == @LIST_SHARE")["value"].iloc[0]
    assert experiment_sentences(tiny_run, found)[0].startswith(f"At -0.5, {share:.0%} of the lists")
    repeated = rounds(tiny_run, 5, 0.5, COHORT, n_rounds=2, seeds=1)
    share = repeated.table.query("arm == 'steered' and round == 2 and measure == @LIST_SHARE")["value"].iloc[0]
    assert rounds_sentences(tiny_run, repeated)[0].startswith(f"In round 2, {share:.0%} of the lists")
