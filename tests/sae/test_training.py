"""The training loop: losses, gradients, batches, schedule, dead neurons."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from explorer.errors import UserError
from explorer.recommenders import AlsConfig, fit_recommender
from explorer.sae import SIDES, BatchTopKConfig, ReluConfig, Trainer, explained_variance, train_sae
from explorer.sae.losses import prediction_loss, score_variance
from tests.sae.conftest import CONFIGS


def trainer_of(config, recommender, **changes) -> Trainer:
    return Trainer(config.model_copy(update=changes), recommender, seed=0)


def codes(sae, recommender) -> list[torch.Tensor]:
    return [sae.encode(x, side) for x, side in zip(embeddings(recommender), SIDES, strict=True)]


def embeddings(recommender) -> tuple[torch.Tensor, torch.Tensor]:
    return recommender.user_embeddings, recommender.item_embeddings


# losses


def test_the_prediction_loss_trains_the_autoencoder_and_leaves_the_recommender_alone(config, recommender):
    before = {name: values.numpy().tobytes() for name, values in recommender.tensors().items()}
    trainer = trainer_of(config, recommender)
    trainer.losses(trainer.next_batch()).losses["prediction"].backward()
    for parameter in (trainer.sae.W_enc, trainer.sae.b_enc, trainer.sae.W_dec):
        assert parameter.grad.abs().max() > 0
    trainer.train_step()
    for name, values in recommender.tensors().items():
        assert values.grad is None and not values.requires_grad
        assert values.numpy().tobytes() == before[name]


def test_the_losses_of_a_step_are_those_of_its_reconstruction(recommender):
    trainer = trainer_of(CONFIGS["relu"], recommender, prediction_weight=2.0)
    batch = trainer.next_batch()
    result = trainer.losses(batch)
    sae, rows = trainer.sae, (batch.users, batch.items)
    x = [whole[part] for whole, part in zip(embeddings(recommender), rows, strict=True)]
    with torch.no_grad():
        z = [sae.encode(part, side) for part, side in zip(x, SIDES, strict=True)]
        x_hat = [sae.decode(part, side) for part, side in zip(z, SIDES, strict=True)]
        errors = [sae.normalise(a, s) - sae.normalise(b, s) for a, b, s in zip(x, x_hat, SIDES, strict=True)]
        scores, rebuilt = recommender.score(*x, *rows).numpy(), recommender.score(*x_hat, *rows).numpy()
        everything = recommender.score(
            *embeddings(recommender), torch.arange(recommender.n_users), torch.arange(recommender.n_items)
        )
    by_hand = {
        "embedding": sum((error.numpy() ** 2).mean() for error in errors),
        "prediction": ((scores - rebuilt) ** 2).mean() / everything.numpy().var(),
        "l1": torch.cat(z).numpy().mean(),
    }
    for name, value in by_hand.items():
        assert result.losses[name].item() == pytest.approx(value, rel=1e-3), name
    weights = {"embedding": 1, "prediction": 2.0, "kl": trainer.config.kl_weight, "l1": trainer.config.l1_weight}
    total = sum(weights[name] * value.item() for name, value in result.losses.items())
    assert result.total.item() == pytest.approx(total, rel=1e-5)


def test_a_perfect_score_costs_nothing_and_the_mean_score_one(recommender):
    scores = recommender.score(
        *embeddings(recommender), torch.arange(recommender.n_users), torch.arange(recommender.n_items)
    )
    variance = score_variance(recommender, seed=0)
    assert prediction_loss(scores, scores.clone(), variance) == 0
    assert prediction_loss(scores, scores.mean().expand_as(scores), variance).item() == pytest.approx(1, rel=1e-3)


def test_without_a_prediction_weight_the_scores_are_not_even_computed(recommender):
    trainer = trainer_of(CONFIGS["batchtopk"], recommender, prediction_weight=0.0)
    assert "prediction" not in trainer.losses(trainer.next_batch()).losses


# training


def test_the_loss_falls_and_the_code_explains_the_embeddings(trained, recommender):
    sae, history = trained
    assert history[-1]["total_loss"] < 0.5 * history[0]["total_loss"]
    assert history[-1]["prediction_loss"] < 0.5 * history[0]["prediction_loss"]
    for x, z, side in zip(embeddings(recommender), codes(sae, recommender), SIDES, strict=True):
        assert explained_variance(x, sae.decode(z, side)) > 0.6


def test_the_same_seed_gives_the_same_weights_and_another_one_others(config, recommender):
    short = config.model_copy(update={"epochs": 4})
    (first, history), (again, same_history), (other, _) = (train_sae(short, recommender, seed) for seed in (0, 0, 1))
    assert all(torch.equal(values, again.tensors()[name]) for name, values in first.tensors().items())
    assert history == same_history
    assert not torch.equal(first.W_dec, other.W_dec)


@pytest.mark.parametrize("epochs", [50, 200])
def test_as_many_neurons_fire_on_the_data_as_batchtopk_was_asked_for(little_dataset, epochs):
    model, _ = fit_recommender(AlsConfig(dim=16), little_dataset, seed=0)
    sae, _ = train_sae(BatchTopKConfig(width=32, k=4, epochs=epochs), model, seed=0)
    for z in codes(sae, model):
        assert (z > 0).sum(dim=1).float().mean().item() == pytest.approx(4, rel=0.1)


def test_in_training_batchtopk_fires_as_often_as_asked_for(recommender):
    result = trainer_of(CONFIGS["batchtopk"], recommender).train_step()
    assert result.metrics["l0_users"] == result.metrics["l0_items"] == CONFIGS["batchtopk"].k


def test_the_threshold_follows_the_smallest_kept_activation(recommender):
    trainer = trainer_of(CONFIGS["batchtopk"], recommender)
    kept = []
    for step in range(30):
        old = trainer.sae.threshold.clone()
        kept.append(torch.stack(trainer.train_step().smallest_kept))
        new = trainer.sae.threshold
        if step == 0:
            assert torch.equal(new, kept[0])
        else:  # it moves towards the newest one and stops short of it
            assert ((new - old) * (kept[-1] - old) > 0).all()
            assert ((new - old).abs() < (kept[-1] - old).abs()).all()
    assert (kept[0] != kept[-1]).all()


def test_relu_has_no_threshold(recommender):
    trainer = trainer_of(CONFIGS["relu"], recommender)
    trainer.train_step()
    assert not trainer.sae.threshold.any()


# batches and schedule


@pytest.mark.parametrize("batch_size", [10, 26, 64, 130, 1000])
def test_an_epoch_shows_every_user_and_every_item_and_starts_over_only_when_all_were_shown(recommender, batch_size):
    trainer = trainer_of(CONFIGS["batchtopk"], recommender, batch_size=batch_size)
    batches = [trainer.next_batch() for _ in range(trainer.steps_per_epoch)]
    for part, size in (("users", recommender.n_users), ("items", recommender.n_items)):
        drawn = torch.cat([getattr(batch, part) for batch in batches]).numpy()
        for start in range(0, len(drawn), size):
            shuffle = drawn[start : start + size]
            assert len(set(shuffle)) == len(shuffle)
        assert len(set(drawn)) == size
    users = sum(len(batch.users) for batch in batches)
    assert users - recommender.n_users < batch_size  # the larger side: at most the rest of the last batch is extra
    if recommender.n_users % min(batch_size, recommender.n_users) == 0:
        assert users == recommender.n_users


def test_every_epoch_is_shuffled_anew(recommender):
    trainer = trainer_of(CONFIGS["batchtopk"], recommender, batch_size=130)
    assert not torch.equal(trainer.next_batch().users, trainer.next_batch().users)


@pytest.mark.parametrize(("warmup", "decay"), [(0.25, 0.5), (0.0, 0.0), (0.0, 1.0), (1.0, 0.0)])
def test_the_step_size_rises_stays_and_falls_to_about_nothing(recommender, warmup, decay):
    trainer = trainer_of(CONFIGS["batchtopk"], recommender, warmup_share=warmup, decay_share=decay, epochs=20)
    rates = []
    for _ in range(trainer.steps):
        trainer.train_step()
        rates.append(trainer.optimiser.param_groups[0]["lr"] / trainer.config.learning_rate)
    rates, steps = np.array(rates), trainer.steps
    rise, fall = round(warmup * steps), round(decay * steps)
    assert (np.diff(rates[:rise]) > 0).all()
    assert rates[max(rise - 1, 0) : steps - fall] == pytest.approx(1)
    assert (np.diff(rates[steps - fall :]) < 0).all()
    assert rates.min() > 0
    if rise:
        assert rates[0] == pytest.approx(1 / rise)
    if fall:
        assert rates[-1] == pytest.approx(1 / fall)


@pytest.mark.parametrize("value", [1e30, float("inf"), float("nan")])
def test_a_diverging_loss_is_named_with_a_setting_to_lower(config, recommender, value):
    trainer = trainer_of(config, recommender)
    trainer.train_step()
    with torch.no_grad():
        trainer.sae.W_enc *= value
    with pytest.raises(UserError, match=r"embedding.* loss .*step 2 of .*sae\.learning_rate"):
        trainer.train_step()


# dead neurons


def with_dead_neurons(config, recommender, how: str, **changes) -> Trainer:
    """A trainer whose first five neurons have been dead for long."""
    trainer = trainer_of(config, recommender, **changes)
    with torch.no_grad():
        if how == "never positive":
            trainer.sae.b_enc[:5] = -10
        else:
            trainer.sae.W_enc[:, :5] *= 0.001
    trainer.silent_steps[:5] = 1e9
    return trainer


DEATHS = [("batchtopk", "never among the k"), ("batchtopk", "never positive"), ("relu", "never positive")]


@pytest.mark.parametrize(("kind", "how"), DEATHS)
def test_the_revival_loss_gives_dead_neurons_a_gradient_and_the_living_none(recommender, kind, how):
    trainer = with_dead_neurons(CONFIGS[kind], recommender, how)
    result = trainer.losses(trainer.next_batch())
    assert not result.fired[:5].any() and result.metrics["dead"] == 5
    result.losses["revival"].backward()
    sae = trainer.sae
    for grad in (sae.W_enc.grad.T, sae.W_dec.grad, sae.b_enc.grad):
        assert not grad[5:].any()
    assert (sae.b_enc.grad[:5] != 0).all() and sae.W_enc.grad[:, :5].any(dim=0).all()


@pytest.mark.parametrize(("kind", "how"), DEATHS)
def test_dead_neurons_come_back(recommender, kind, how):
    trainer = with_dead_neurons(CONFIGS[kind], recommender, how, revive_weight=1.0, learning_rate=0.1, epochs=70)
    fired = torch.zeros(5, dtype=torch.bool)
    for _ in range(trainer.steps):
        fired |= trainer.train_step().fired[:5]
    assert fired.sum() >= 3


def test_a_neuron_is_dead_after_its_epochs_of_silence_and_alive_once_it_fires(recommender):
    trainer = trainer_of(CONFIGS["batchtopk"], recommender, dead_after=2.0, revive_weight=0.0)
    with torch.no_grad():
        trainer.sae.b_enc[0] = -1e6
    dead = []
    for _ in range(4 * trainer.steps_per_epoch):
        dead.append(bool(trainer.next_batch().dead[0]))
        trainer.train_step()
    assert dead == [step > 2 * trainer.steps_per_epoch for step in range(4 * trainer.steps_per_epoch)]
    with torch.no_grad():
        trainer.sae.b_enc[0] = 1e3
    trainer.train_step()
    assert trainer.silent_steps[0] == 0 and not trainer.next_batch().dead[0]


def test_there_is_no_revival_without_dead_neurons_or_without_its_weight(recommender):
    alive = trainer_of(CONFIGS["batchtopk"], recommender)
    assert "revival" not in alive.losses(alive.next_batch()).losses
    unwanted = with_dead_neurons(CONFIGS["batchtopk"], recommender, "never among the k", revive_weight=0.0)
    assert "revival" not in unwanted.losses(unwanted.next_batch()).losses


@pytest.mark.parametrize(
    "changes", [{"warmup_share": 0.8, "decay_share": 0.3}, {"width": 8, "k": 9}], ids=["shares", "k"]
)
def test_settings_that_contradict_each_other_are_refused(changes):
    with pytest.raises(ValueError, match="more than"):
        BatchTopKConfig(**changes)
    if "k" not in changes:
        with pytest.raises(ValueError, match="more than"):
            ReluConfig(**changes)
