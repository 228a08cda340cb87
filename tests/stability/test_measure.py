"""Further trainings are on the same base model, with other seeds and on samples; what matches is measured over all."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from explorer.errors import UserError
from explorer.recommenders import DotProductRecommender
from explorer.sae import train_sae
from explorer.stability import MAX_SEEDS, check_seeds, measure, measure_stability
from explorer.stability.columns import COLUMNS
from tests.helpers import opaque, refused


def matches(found, dictionary: str, change: str, repetition: int = 1):
    table = found.matches
    rows = (table["dictionary"] == dictionary) & (table["change"] == change) & (table["repetition"] == repetition)
    return table[rows].set_index("neuron")


def test_a_training_that_gives_the_same_dictionary_has_every_neuron(run, alive, trainings):
    found = measure_stability(run.config.sae, run.recommender, run.sae, alive, seed=0, seeds=2)
    own = found.matches[found.matches["dictionary"] == "neurons"]
    np.testing.assert_allclose(own[["cosine", "correlation"]], 1, atol=1e-5)
    assert len(own) == len(alive) * 4 and set(own["neuron"]) == set(alive)
    assert list(found.matches.columns) == list(COLUMNS["matches"]) and not found.problem


def test_seeds_see_everybody_and_samples_four_fifths_of_users_and_of_items(run, alive, trainings):
    measure_stability(run.config.sae, run.recommender, run.sae, alive, seed=5, seeds=2)
    assert [seed for *_, seed in trainings] == [6, 7, 6, 7]  # never that of the run
    assert all(config == run.config.sae for config, *_ in trainings)
    models, whole = [model for _, model, _ in trainings], run.recommender
    assert models[0] is models[1] is whole
    for part in models[2:]:
        assert (part.n_users, part.n_items) == (round(0.8 * whole.n_users), round(0.8 * whole.n_items))
        known = {row.numpy().tobytes() for row in whole.item_embeddings}
        rows = [row.numpy().tobytes() for row in part.item_embeddings]
        assert len(set(rows)) == len(rows) and set(rows) <= known
    assert not torch.equal(models[2].item_embeddings, models[3].item_embeddings)


def test_an_autoencoder_with_a_seed_of_its_own_is_trained_again_with_others(run, alive, trainings):
    config = run.config.sae.model_copy(update={"seed": 7})
    found = measure_stability(config, run.recommender, run.sae, alive, seed=0, seeds=1)
    assert [(config.seed, seed) for config, _, seed in trainings] == [(None, 8)] * 2 and found.seed == 7


@pytest.mark.slow
def test_matches_are_those_of_a_plain_loop_over_the_further_dictionary(run, alive):
    found = measure_stability(run.config.sae, run.recommender, run.sae, alive, seed=0, seeds=1)
    further, _ = train_sae(run.config.sae, run.recommender, 1)
    own, others = run.sae.W_dec.numpy(), further.W_dec.numpy()
    q, u = run.recommender.item_embeddings, run.recommender.user_embeddings
    z, w = run.sae.encode(q, "item").numpy(), further.encode(q, "item").numpy()
    fires = (w > 0).any(axis=0) | (further.encode(u, "user").numpy() > 0).any(axis=0)
    table = matches(found, "neurons", "seed")
    for neuron in alive[:6]:
        assert table.loc[neuron, "cosine"] == pytest.approx(max(others[fires] @ own[neuron]))
        correlations = [np.corrcoef(z[:, neuron], other)[0, 1] for other in w.T if other.any()]
        assert table.loc[neuron, "correlation"] == pytest.approx(max(correlations), abs=1e-5)


def test_random_directions_are_less_similar_than_the_same_dictionary(run, alive, trainings):
    found = measure_stability(run.config.sae, run.recommender, run.sae, alive, seed=0, seeds=1)
    chance = matches(found, "random", "seed")
    assert chance.index.tolist() == alive.tolist()
    assert chance["cosine"].mean() < 0.8 and chance["correlation"].mean() < 0.8
    assert not chance["cosine"].equals(matches(found, "random", "sample")["cosine"])


def test_independent_components_are_fitted_anew_and_matched_by_the_same_code(run, alive, trainings, monkeypatch):
    fitted = []
    original = measure.IndependentComponents.of
    monkeypatch.setattr(
        measure.IndependentComponents, "of", lambda q, seed: fitted.append((len(q), seed)) or original(q, seed)
    )
    found = measure_stability(run.config.sae, run.recommender, run.sae, alive, seed=0, seeds=2)
    n, part = run.recommender.n_items, round(0.8 * run.recommender.n_items)
    assert fitted == [(n, 0), (n, 1), (n, 2), (part, 1), (part, 2)]
    seed = matches(found, "ica", "seed")
    assert len(seed) == 2 * run.recommender.dim  # both signs
    assert seed["cosine"].to_numpy()[:16] == pytest.approx(seed["cosine"].to_numpy()[16:])
    assert seed["cosine"].mean() > matches(found, "random", "seed")["cosine"].mean()


def test_the_same_seed_measures_the_same_and_progress_rises_to_the_end(run, alive, trainings):
    told = []
    one, same = (
        measure_stability(
            run.config.sae, run.recommender, run.sae, alive, seed=0, seeds=2, progress=lambda *said: told.append(said)
        )
        for _ in range(2)
    )
    assert one.matches.equals(same.matches)
    assert [done for _, done, *_ in told[:4]] == [0.125, 0.375, 0.625, 0.875]
    assert told[3][2] == "training 4 of 4, on a random sample"


def test_a_score_that_is_not_a_dot_product_can_be_sampled_too(run, alive, trainings):
    other = opaque(run)
    found = measure_stability(run.config.sae, other.recommender, run.sae, alive, seed=0, seeds=1)
    assert len(matches(found, "neurons", "sample")) == len(alive) and not trainings[1][1].dot_product


def test_a_catalogue_that_is_too_small_for_samples_is_measured_by_seeds_and_says_why(run, alive, trainings):
    model = run.recommender.subset(torch.arange(200), torch.arange(24))
    found = measure_stability(run.config.sae, model, run.sae, alive, seed=0, seeds=2)
    assert "24 items" in found.problem and "at least 20" in found.problem
    assert set(found.matches["change"]) == {"seed"} and len(trainings) == 2
    enough = run.recommender.subset(torch.arange(200), torch.arange(25))
    assert not measure_stability(run.config.sae, enough, run.sae, alive, seed=0, seeds=1).problem


def test_a_sample_on_which_training_fails_leaves_no_half_of_it(run, alive, trainings, monkeypatch):
    train = measure.train_sae

    def fails_on_samples(config, recommender, seed, progress):
        if recommender is not run.recommender and seed == 2:
            raise UserError("The loss became infinite.")
        return train(config, recommender, seed, progress)

    monkeypatch.setattr(measure, "train_sae", fails_on_samples)
    found = measure_stability(run.config.sae, run.recommender, run.sae, alive, seed=0, seeds=2)
    assert found.problem == "The loss became infinite." and set(found.matches["change"]) == {"seed"}


def test_a_further_dictionary_that_never_fires_matches_nothing(run, alive, monkeypatch):
    silent = SimpleNamespace(W_dec=run.sae.W_dec, encode=lambda x, side: torch.zeros(len(x), run.sae.n))
    monkeypatch.setattr(measure, "train_sae", lambda *_: (silent, []))
    found = measure_stability(run.config.sae, run.recommender, run.sae, alive, seed=0, seeds=1)
    own = found.matches[found.matches["dictionary"] != "ica"]
    assert (own[["cosine", "correlation"]] == 0).all(axis=None)


def test_embeddings_in_which_no_components_are_found_have_no_such_baseline(run, alive, trainings):
    flat = DotProductRecommender.from_arrays(
        run.recommender.user_embeddings, torch.outer(torch.linspace(0, 1, 60), torch.ones(run.recommender.dim))
    )
    found = measure_stability(run.config.sae, flat, run.sae, alive, seed=0, seeds=1)
    assert set(found.matches["dictionary"]) == {"neurons", "random"}


def test_a_run_without_a_live_neuron_is_refused_before_any_training(run, trainings):
    with refused("No neuron fires on at least 10 ranked items and 20 users"):
        measure_stability(run.config.sae, run.recommender, run.sae, np.array([], int), seed=0)
    assert not trainings


@pytest.mark.parametrize("seeds", [0, -1, MAX_SEEDS + 1, 100_000])
def test_a_number_of_trainings_that_makes_no_sense_is_refused(seeds):
    with refused(f"{seeds:,}", f"from 1 to {MAX_SEEDS}"):
        check_seeds(seeds)


def test_a_dictionary_of_eight_neurons_is_measured(run):
    config = run.config.sae.model_copy(update={"width": 8, "epochs": 5, "k": 2, "k_users": None})
    sae, _ = train_sae(config, run.recommender, 0)
    found = measure_stability(config, run.recommender, sae, np.arange(8), seed=0, seeds=1)
    assert len(found.neurons) == 8 and found.matches[["cosine", "correlation"]].notna().all(axis=None)
