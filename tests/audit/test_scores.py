"""Scores beside chance: the p is exact, the intervals hold what they promise, and too little data says so."""

from dataclasses import replace
from itertools import combinations, product

import numpy as np
import pytest
from scipy.stats import binomtest, spearmanr

from explorer.audit import Audit
from explorer.audit.intervals import clustered_interval, sample_interval, share_interval
from explorer.audit.scores import correlation, guessing_p, neuron_score, run_score, run_scores
from tests.audit.said import audit_of, forward_trial, intruder_trial, resolved


def test_the_p_of_intruder_tests_is_that_of_a_binomial():
    trials = [intruder_trial(neuron, neuron < 4) for neuron in range(10)]
    assert guessing_p(trials) == pytest.approx(binomtest(4, 10, 1 / 6, alternative="greater").pvalue)


def test_the_p_of_forward_tests_counts_all_choices_of_as_many_items():
    """Somebody who ticks nothing is right on five items always, and that is not significant."""
    given = [forward_trial(0, "0126"), forward_trial(1, "01")]
    hits = [len({0, 1, 2, 3, 4} & set(chosen)) for chosen in combinations(range(10), 4)]
    more = [len({0, 1, 2, 3, 4} & set(chosen)) for chosen in combinations(range(10), 2)]
    assert guessing_p(given) == pytest.approx(np.mean([a + b >= 5 for a, b in product(hits, more)]))
    assert guessing_p([forward_trial(0, "")] * 20) == pytest.approx(1)
    assert guessing_p([forward_trial(0, "01234")]) == pytest.approx(1 / 252)


def test_a_neurons_score_is_of_its_decisions_and_a_runs_counts_each_neuron_the_same():
    trials = [intruder_trial(1, True), *[intruder_trial(2, correct, "Bob") for correct in (True, False, False, False)]]
    audit = Audit(trials=(*trials, forward_trial(1, "0123")))
    two = neuron_score(audit, 2, "intruder")
    assert (two.share, two.correct, two.decisions, two.chance) == (0.25, 1, 4, 1 / 6)
    assert (two.low, two.high) == pytest.approx(share_interval(0.25, 4))
    every = run_score(audit, "intruder")
    assert (every.share, every.neurons, every.answers) == ((1 + 0.25) / 2, 2, 5)
    assert neuron_score(audit, 1, "forward").share == 0.9
    assert neuron_score(audit, 3, "forward") is None
    assert [(who, one.kind, one.share) for who, one in run_scores(audit)] == [
        (None, "intruder", 0.625), ("Ann", "intruder", 1.0), ("Bob", "intruder", 0.25), (None, "forward", 0.9),
    ]  # fmt: skip
    assert run_score(audit, "intruder", "bob").answers == 4


def test_answers_on_one_neuron_are_not_counted_as_independent():
    """30 neurons, four answers each, that differ as much as neurons do: the interval holds the truth in 95% of studies,
    one of 120 independent answers in less."""
    rng = np.random.default_rng(0)
    held = {"clustered": 0, "independent": 0}
    studies = 400
    for _ in range(studies):
        correct = rng.binomial(4, rng.beta(1.2, 0.8, 30))
        intervals = clustered_interval(correct / 4, 120), share_interval(correct.sum() / 120, 120)
        for name, (low, high) in zip(held, intervals, strict=True):
            held[name] += low <= 0.6 <= high
    assert held["clustered"] / studies >= 0.93
    assert held["independent"] / studies < 0.9


def test_where_everybody_is_always_right_the_interval_is_that_of_as_many_neurons():
    assert clustered_interval(np.ones(8), 40) == pytest.approx(share_interval(1.0, 8))


@pytest.mark.parametrize("real", range(0, 41, 5))
def test_the_interval_of_a_random_sample_holds_the_share_of_all_in_95_of_100_samples(real):
    rng = np.random.default_rng(real)
    hits = rng.hypergeometric(real, 40 - real, 12, 2000)
    ends = {one: sample_interval(one, 12, 40) for one in np.unique(hits).tolist()}
    assert np.mean([ends[one][0] <= real / 40 <= ends[one][1] for one in hits.tolist()]) >= 0.945
    assert sample_interval(real, 40, 40) == (real / 40, real / 40)


def with_held_out(run, values):
    table = run.index.neurons.assign(held_out=np.nan)
    table.loc[: len(values) - 1, "held_out"] = values
    return replace(run, index=replace(run.index, neurons=table))


def test_the_correlation_with_held_out_purity_is_spearmans(demo_run):
    purity = np.random.default_rng(1).random(12)
    run = with_held_out(demo_run, purity)
    audit = audit_of("rrrpppnnnrrpr", "rpr", resolutions=(resolved(3, "not"),))
    value = [1, 0.75, 1, 0, 0.5, 0.5, 0, 0, 0, 1, 1, 0.5]
    found = correlation(run, audit, "verdict")
    assert found.rho == pytest.approx(spearmanr(value, purity).statistic)
    assert found.neurons == 12
    assert -1 <= found.low < found.rho < found.high <= 1
    assert found == correlation(run, audit, "verdict")


def test_words_say_why_there_is_no_correlation(demo_run):
    run = with_held_out(demo_run, np.linspace(0, 1, 12))
    assert "no held-out purity" in correlation(with_held_out(demo_run, []), audit_of("r" * 12), "verdict").reason
    assert "it takes 10" in correlation(run, audit_of("rrn"), "verdict").reason
    assert "same of all 12" in correlation(run, audit_of("r" * 12), "verdict").reason
    assert correlation(run, audit_of("r" * 12), "intruder").neurons == 0
