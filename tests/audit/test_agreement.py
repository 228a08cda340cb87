"""κ is what the literature says it is, and is not given where it means nothing."""

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from explorer.audit.agreement import (
    agreement,
    cohen,
    disagreements,
    fleiss,
    krippendorff,
    pair_agreements,
)
from tests.audit.said import audit_of, resolved


def test_cohens_kappa_is_that_of_a_library():
    ratings = np.random.default_rng(0).integers(0, 3, (40, 2))
    weights = np.vstack([np.ones(40), np.arange(40)])
    expected = [cohen_kappa_score(*ratings.T, sample_weight=weight) for weight in weights]
    assert cohen(ratings, weights) == pytest.approx(expected)


def test_fleisss_kappa_is_that_of_the_published_example():
    """The one that textbooks print: 14 people sort 10 subjects into 5 categories; κ = .210."""
    table = "0000E 02642 00356 03920 22811 77000 32630 25322 65210 02237"  # how many, in hexadecimal
    ratings = np.array([np.repeat(np.arange(5), [int(count, 16) for count in row]) for row in table.split()])
    assert fleiss(ratings, np.ones((1, 10)))[0] == pytest.approx(0.20993, abs=1e-5)


def test_krippendorffs_alpha_is_that_of_his_example_with_missing_values():
    """Computing Krippendorff's Alpha-Reliability (2011): four observers, values 1 to 5, ordinal α = .815."""
    rows = "123321412...", "1233224125.3", ".3332342251.", "12332441251."
    ratings = np.array([[int(value) - 1 if value != "." else -1 for value in row] for row in rows]).T
    pairable = ratings[(ratings >= 0).sum(axis=1) >= 2]
    assert krippendorff(pairable) == pytest.approx(0.815, abs=5e-4)


def test_two_reviewers_have_cohens_kappa_and_three_have_fleisss_of_the_neurons_judged_in_common():
    two = agreement(audit_of("rrrrrnnnnnrr", "rrrrnnnnnns"))
    assert (two.kind, two.neurons, two.reviewers) == ("Cohen", 10, ("Ann", "Bob"))
    assert two.share == pytest.approx(0.9)
    assert two.kappa == pytest.approx(0.8)
    assert two.low < 0.8 < two.high <= 1
    three = agreement(audit_of("rrrrrnnnnn", "rrrrnnnnnn", "rr........"))
    assert (three.kind, three.neurons) == ("Fleiss", 10)
    assert three.share == pytest.approx(0.9)
    assert [one.reviewers for one in pair_agreements(audit_of("rrn", "rrn", "..n"))] == [
        ("Ann", "Bob"), ("Ann", "Cy"), ("Bob", "Cy"),
    ]  # fmt: skip


def test_skipped_and_inherited_verdicts_are_no_judgements():
    assert agreement(audit_of("rrrrrr", "ssssss")).neurons == 0


@pytest.mark.parametrize(
    ("rows", "share", "words"),
    [
        (("rrrrr",), None, "No neuron was judged by two people"),
        (("rrnn", "rrnn"), 1.0, "it takes 5"),
        (("rrrrrr", "rrrrrr"), 1.0, "same verdict to all 6 neurons"),
    ],
)
def test_where_kappa_means_nothing_words_say_why(rows, share, words):
    found = agreement(audit_of(*rows))
    assert found.kappa is None
    assert found.share == share
    assert words in found.reason


def test_disagreements_are_worst_first_and_those_that_were_resolved_last():
    found = disagreements(audit_of("rrrrp", "rpnnp", resolutions=(resolved(2, "not"),)))
    assert [(one.neuron, one.distance, one.resolved) for one in found] == [(3, 2, False), (1, 1, False), (2, 2, True)]
    assert found[0].verdicts == (("Ann", "real"), ("Bob", "not"))
