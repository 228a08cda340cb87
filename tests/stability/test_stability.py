"""What is said of further trainings: per neuron, as shares of all, and in words."""

from __future__ import annotations

import pandas as pd
import pytest

from explorer.measures import STABLE_SAMPLE, STABLE_SAMPLE_90, STABLE_SEED, STABLE_SEED_90
from explorer.stability import Stability


def rows(dictionary: str, change: str, *repetitions: dict[int, float]) -> list[dict]:
    return [
        {
            "dictionary": dictionary,
            "change": change,
            "repetition": number,
            "neuron": neuron,
            "cosine": cosine,
            "correlation": cosine / 2,
        }
        for number, found in enumerate(repetitions, 1)
        for neuron, cosine in found.items()
    ]


@pytest.fixture
def found() -> Stability:
    """Two further trainings each of neurons 1, 4 and 7."""
    table = pd.DataFrame(
        rows("neurons", "seed", {1: 0.95, 4: 0.7, 7: 0.1}, {1: 0.91, 4: 0.8, 7: 0.9})
        + rows("neurons", "sample", {1: 0.9, 4: 0.3, 7: 0.2}, {1: 0.8, 4: 0.71, 7: 0.2})
        + rows("random", "seed", {1: 0.2, 4: 0.2, 7: 0.2}, {1: 0.3, 4: 0.3, 7: 0.3})
    )
    return Stability(table, width=8, seeds=2, share=0.8, seed=0)


@pytest.fixture
def without_samples(found) -> Stability:
    return Stability(found.matches[found.matches["change"] == "seed"], 8, 2, 0.8, 0, "Too few items.")


def test_a_neuron_has_its_mean_match_and_how_often_it_was_found(found):
    table = found.neurons.set_index("neuron")
    assert table.index.tolist() == [1, 4, 7]
    assert table["seed_cosine"].tolist() == pytest.approx([0.93, 0.75, 0.5])
    assert table["sample_correlation"].tolist() == pytest.approx([0.425, 0.2525, 0.1])
    assert table["seed_found"].tolist() == [2, 2, 1] and table["sample_found"].tolist() == [2, 1, 0]


def test_stable_neurons_are_those_that_samples_find(found, without_samples):
    assert found.stable() == {1}  # 4 reaches .505 on average
    assert without_samples.stable() == set()


def test_shares_are_of_neurons_in_each_training_with_their_spread(found):
    shares = found.shares.set_index(["dictionary", "change", "at"])
    assert shares.loc[("neurons", "seed", 0.7)].tolist() == pytest.approx([5 / 6, 2 / 3, 1])
    assert shares.loc[("neurons", "seed", 0.9)].tolist() == pytest.approx([0.5, 1 / 3, 2 / 3])
    assert shares.loc[("neurons", "sample", 0.7)].tolist() == pytest.approx([0.5, 1 / 3, 2 / 3])
    assert shares.loc[("random", "seed", 0.7)].tolist() == [0, 0, 0]
    assert found.headlines == {
        STABLE_SEED: pytest.approx(5 / 6),
        STABLE_SEED_90: 0.5,
        STABLE_SAMPLE: 0.5,
        STABLE_SAMPLE_90: pytest.approx(1 / 6),
    }


def test_what_was_not_measured_is_missing_and_says_why(found, without_samples):
    assert without_samples.headlines[STABLE_SAMPLE] is None
    assert without_samples.neurons["sample_cosine"].isna().all()
    assert without_samples.as_json()["problem"] == "Too few items." and found.as_json()["problem"] is None
    assert without_samples.text_of("neurons", "sample", 0.7) == "–"


def test_the_summary_has_every_dictionary_with_its_spread(found):
    summary = found.as_json()
    assert summary["seeds"] == 2 and summary["neurons"] == 3 and summary[STABLE_SEED] == pytest.approx(5 / 6)
    low, mean = pytest.approx(2 / 3), pytest.approx(5 / 6)
    assert summary["seed"]["found"][0] == {"at": 0.7, "mean": mean, "low": low, "high": 1}
    assert summary["baselines"]["random"]["seed"]["cosine"] == pytest.approx(0.25)
    assert summary["baselines"]["ica"] == {}
    assert found.text_of("neurons", "seed", 0.7) == "83% (67% – 100%)" and found.text_of("random", "seed", 0.9) == "0%"


def test_a_neuron_is_told_of_in_a_sentence(found, without_samples):
    assert found.sentence(1) == (
        "Matched in 2 of 2 trainings (cosine 0.93) with another seed, "
        "in 2 of 2 trainings (cosine 0.85) on a random 80% of users and items."
    )
    assert without_samples.sentence(7) == "Matched in 1 of 2 trainings (cosine 0.50) with another seed."
    assert "too few items or users" in found.sentence(0)
