"""The matching-pursuit autoencoder and its training, from the start to the last step."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from explorer.recommenders import DotProductRecommender
from explorer.sae import SIDES, MpConfig, PursuitAutoencoder, SparseAutoencoder, Trainer, train_sae
from explorer.sae.pursuit import nonnegative_pursuit

FLAT = MpConfig(width=12, k=3, k_users=4, epochs=3, batch_size=64, dictionary_rounds=3)
CONFIGS = {
    "flat": FLAT,
    "no pair": FLAT.model_copy(update={"popularity": "none"}),
    "levels": FLAT.model_copy(update={"width": 16, "prefix_widths": (6, 16), "coarse_k": 2, "coarse_k_users": 2}),
    "whatever": FLAT.model_copy(update={"start": "random", "dictionary_rounds": 0}),
}


@pytest.fixture(scope="module")
def plain(recommender) -> DotProductRecommender:
    """Without biases, so that no list depends on a user's length."""
    return DotProductRecommender.from_arrays(recommender.user_embeddings, recommender.item_embeddings)


@pytest.fixture(scope="module", params=CONFIGS)
def config(request) -> MpConfig:
    return CONFIGS[request.param]


@pytest.fixture(scope="module")
def trained(config, plain) -> PursuitAutoencoder:
    return train_sae(config, plain, 0)[0]


def embeddings(model, side: str) -> torch.Tensor:
    return model.user_embeddings if side == "user" else model.item_embeddings


@pytest.mark.parametrize("side", SIDES)
def test_as_many_neurons_fire_on_every_row_as_were_asked_for_or_hardly_fewer(trained, config, plain, side):
    fires = trained.encode(embeddings(plain, side), side) > 0
    wanted = config.counts[SIDES.index(side)]
    if config.prefix_widths:
        wanted += (config.coarse_k_users, config.coarse_k)[SIDES.index(side)]
    per_row = fires.sum(dim=1)
    assert per_row.max() <= wanted
    assert per_row.min() >= 1
    assert per_row.float().mean() > 0.8 * wanted


@pytest.mark.parametrize("side", SIDES)
def test_every_row_alone_is_encoded_exactly_as_within_any_batch(trained, plain, side):
    x = embeddings(plain, side)
    whole = trained.encode(x, side)
    assert torch.equal(torch.cat([trained.encode(row[None], side) for row in x]), whole)
    assert torch.equal(trained.encode(x.flip(0), side).flip(0), whole)


def test_the_code_is_that_of_a_pursuit_of_every_level_by_itself_with_the_pair_beside_it(trained, plain):
    x = plain.item_embeddings
    normalised = trained.normalise(x.double(), "item")
    z, start = trained.encode(x, "item"), trained.pair
    np.testing.assert_allclose(z[:, :start], (normalised @ trained.W_dec[:start].double().T).relu(), atol=1e-5)
    for width, steps in zip(trained.levels, trained.steps[1].tolist(), strict=True):
        alone = nonnegative_pursuit(normalised, trained.W_dec[start:width].double(), steps)
        np.testing.assert_allclose(z[:, start:width], alone, atol=1e-5)
        start = width


def test_a_level_is_decoded_by_its_own_neurons_and_the_pair(trained, plain):
    z, lengths = trained.encode(plain.user_embeddings, "user"), plain.user_embeddings.norm(dim=1, keepdim=True)
    start = trained.pair
    for width in trained.levels:
        cut = torch.zeros_like(z)
        cut[:, : trained.pair], cut[:, start:width] = z[:, : trained.pair], z[:, start:width]
        wanted = lengths * (trained.scale[0] * (cut @ trained.W_dec) + trained.mean[0])
        np.testing.assert_allclose(trained.decode(z, "user", width, lengths), wanted, atol=1e-4)
        start = width
    np.testing.assert_allclose(trained.decode(z, "user", None, lengths), wanted, atol=1e-4)


def test_users_of_any_length_have_the_same_code_and_come_back_at_their_own(trained, plain):
    x = plain.user_embeddings
    z = trained.encode(x, "user")
    np.testing.assert_allclose(trained.encode(7 * x, "user"), z, atol=1e-4)
    once, again = (trained.decode(z, "user", lengths=trained.lengths(of, "user")) for of in (x, 7 * x))
    np.testing.assert_allclose(again, 7 * once, rtol=1e-4, atol=1e-4)
    shift = trained.shift(torch.ones_like(z), "user", trained.lengths(x, "user"))
    moved = trained.decode(z + trained.rebuilding(), "user", lengths=trained.lengths(x, "user")) - once
    if not trained.levels_stand_alone:
        np.testing.assert_allclose(moved, shift, atol=1e-3)


def test_users_keep_their_length_where_a_list_depends_on_it(recommender):
    assert recommender.item_bias.any()
    sae = Trainer(FLAT, recommender, 0).sae
    assert sae.unit_length.tolist() == [0, 0]
    forced = Trainer(FLAT.model_copy(update={"user_length": "unit"}), recommender, 0).sae
    assert forced.unit_length.tolist() == [1, 0]


def test_all_others_are_orthogonal_to_the_pair_which_is_one_direction_up_and_down(trained, config):
    assert trained.pair == (0 if config.popularity == "none" else 2)
    if trained.pair:
        up, down = trained.W_dec[:2]
        np.testing.assert_allclose(down, -up, atol=1e-6)
        np.testing.assert_allclose(trained.W_dec[2:] @ up, 0, atol=1e-5)
    np.testing.assert_allclose(trained.W_dec.norm(dim=1), 1, atol=1e-5)


def test_the_first_neuron_follows_the_mean_score_of_an_item(trained, plain):
    if trained.pair:
        scores = plain.score(plain.user_embeddings, plain.item_embeddings, torch.arange(plain.n_users)).mean(dim=0)
        z = trained.encode(plain.item_embeddings, "item")
        assert np.corrcoef(z[:, 0] - z[:, 1], scores)[0, 1] > 0.5


def test_training_explains_more_than_the_start_and_leaves_the_recommender_alone(plain):
    config = CONFIGS["whatever"].model_copy(update={"epochs": 30, "learning_rate": 0.02})
    before = {name: values.clone() for name, values in plain.tensors().items()}
    start = Trainer(config, plain, 0)
    first = start.losses(start.next_batch()).losses["embedding"].item()
    _, history = train_sae(config, plain, 0)
    assert history[-1]["embedding_loss"] < 0.8 * first
    assert all(torch.equal(before[name], values) for name, values in plain.tensors().items())


def test_the_gradient_of_the_embedding_loss_is_that_of_finite_differences(plain):
    config = CONFIGS["no pair"].model_copy(update={"prediction_weight": 0.0})
    trainer = Trainer(config, plain, 0)
    trainer.sae.double()
    batch = trainer.next_batch()

    def loss() -> torch.Tensor:
        codes = trainer._encode(batch)
        return trainer._embedding_loss(codes, next(trainer._reconstructions(codes.z)))

    value = loss()
    value.backward()
    gradient = trainer.sae.W_dec.grad.clone()
    for neuron, dimension in [(0, 0), (3, 5), (11, 7)]:
        with torch.no_grad():
            trainer.sae.W_dec[neuron, dimension] += 1e-5
            found = (float(loss()) - float(value)) / 1e-5
            trainer.sae.W_dec[neuron, dimension] -= 1e-5
        assert found == pytest.approx(float(gradient[neuron, dimension]), rel=0.05, abs=1e-4)


def test_the_prediction_loss_changes_what_is_learned(plain):
    weights = [FLAT.model_copy(update={"prediction_weight": weight}) for weight in (0.0, 5.0)]
    without, with_it = (train_sae(config, plain, 0)[0].W_dec for config in weights)
    assert not torch.allclose(without, with_it, atol=1e-4)


def test_the_same_seed_gives_the_same_weights_and_that_of_the_autoencoder_wins(plain):
    first, again, other = (train_sae(FLAT, plain, seed)[0].W_dec for seed in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    own = FLAT.model_copy(update={"seed": 1})
    assert torch.equal(train_sae(own, plain, 0)[0].W_dec, other)


def test_without_epochs_the_dictionary_is_that_of_the_start(plain):
    sae, history = train_sae(FLAT.model_copy(update={"epochs": 0}), plain, 0)
    assert history == []
    assert torch.equal(sae.W_dec, Trainer(FLAT, plain, 0).sae.W_dec)


def test_a_restored_trainer_continues_as_the_first_did_to_the_bit_and_learns_no_dictionary_again(
    config, plain, monkeypatch
):
    first = Trainer(config, plain, 0)
    for _ in range(2):
        first.train_step()
    state = first.state()
    monkeypatch.setattr("explorer.sae.activations.mp.start_directions", None)
    again = Trainer(config, plain, 0, state=state)
    for trainer in (first, again):
        for _ in range(2):
            trainer.train_step()
    assert all(torch.equal(a, b) for a, b in zip(first.state().values(), again.state().values(), strict=True))


def test_tensors_give_the_same_kind_and_the_same_codes(trained, plain):
    again = SparseAutoencoder.from_tensors({name: values.clone() for name, values in trained.tensors().items()})
    assert type(again) is PursuitAutoencoder
    assert torch.equal(again.encode(plain.item_embeddings, "item"), trained.encode(plain.item_embeddings, "item"))
    shapes = {name: tuple(of.shape) for name, of in trained.tensors().items()}
    assert PursuitAutoencoder.tensor_shapes(8, trained.levels) == shapes


@pytest.mark.parametrize("users", [1, 2, 15])
def test_a_handful_of_users_and_items_can_be_trained_on(rng, users):
    model = DotProductRecommender.from_arrays(rng.normal(size=(users, 6)), rng.normal(size=(8, 6)))
    sae, _ = train_sae(FLAT, model, 0)
    assert all(torch.isfinite(values).all() for values in sae.tensors().values())
    assert (sae.encode(model.item_embeddings, "item") > 0).any()


def test_embeddings_that_are_all_the_same_are_coded_by_nothing(plain):
    model = DotProductRecommender.from_arrays(torch.ones(20, 6), torch.ones(30, 6))
    sae, _ = train_sae(FLAT, model, 0)
    assert not sae.encode(model.item_embeddings, "item").any()
    np.testing.assert_allclose(sae.decode(sae.encode(model.item_embeddings, "item"), "item"), 1.0, atol=1e-5)
