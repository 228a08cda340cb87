"""From data to named neurons on the built-in demo, whose concepts are known because they were planted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from explorer.config import load_config
from explorer.data import demo
from explorer.runs import Run, evaluate_run, load_run, train_run

SHIPPED = Path(__file__).parents[1] / "assets" / "demo-run"
GENRES = [genre for parent, leaves in demo.GENRE_TREE.items() for genre in (parent, *leaves)]


@pytest.fixture(scope="module")
def run() -> Run:
    """The run that comes with the project; that training gives just this one is the slow test below."""
    return load_run(SHIPPED)


@pytest.fixture(scope="module")
def average_precision(run) -> dict[str, np.ndarray]:
    """Genre → how well each neuron separates its items from the others."""
    z = run.reconstruction.item_activations.numpy()
    planted = demo.planted_concepts(run.dataset)
    return {genre: np.array([average_precision_score(planted[genre], k) for k in z.T]) for genre in GENRES}


def test_some_neuron_stands_for_every_planted_genre(average_precision):
    best = {genre: of_neurons.max() for genre, of_neurons in average_precision.items()}
    assert min(best.values()) >= 0.9, best


def test_leaves_have_neurons_of_their_own_that_are_named_for_them(run, average_precision):
    leaves = [leaf for group in demo.GENRE_TREE.values() for leaf in group]
    best = {leaf: int(average_precision[leaf].argmax()) for leaf in leaves}
    labels = run.index.neurons["label"]
    assert len(set(best.values())) >= 0.9 * len(leaves)
    assert sum(leaf in labels[neuron] for leaf, neuron in best.items()) >= 0.9 * len(leaves)


def test_the_mean_purity_is_nearly_one(run):
    purity = run.metrics.purity[10]
    assert purity.mean >= 0.95
    assert set(purity.by_genre) == set(GENRES)


def numbers(metrics: dict, path: str = "") -> dict[str, float]:
    """Every number in nested metrics by its path; timings and the numbers of neurons are not measurements."""
    found = {}
    for name, value in metrics.items():
        if name in ("seconds", "neuron"):
            continue
        if isinstance(value, dict):
            found |= numbers(value, f"{path}{name}.")
        elif isinstance(value, int | float):
            found[path + name] = value
    return found


@pytest.mark.slow
def test_training_with_the_default_settings_gives_the_shipped_run(run):
    trained = train_run("demo", load_config())
    assert run.dataset.fingerprint == trained.dataset.fingerprint
    assert run.config == trained.config
    shipped, again = numbers(run.metrics.as_json()), numbers(trained.metrics.as_json())
    # Processors round matrix products differently, and over 200 epochs that may kill a neuron or two of 64, or not.
    for key in [key for key in shipped if key.endswith("dead")]:
        assert shipped.pop(key) == pytest.approx(again.pop(key), abs=2)
    assert shipped == pytest.approx(again, rel=0.05, abs=0.01)


def test_the_shipped_configuration_is_todays_default(run):
    assert run.config == load_config().with_defaults_for(run.dataset.n_items)


def test_the_shipped_numbers_are_those_of_the_shipped_weights(run):
    assert numbers(evaluate_run(run).as_json()) == pytest.approx(numbers(run.metrics.as_json()), rel=1e-3)
