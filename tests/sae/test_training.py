"""The training loop: losses, gradients, prefixes, batches, schedule, states, divergence, dead neurons."""

from __future__ import annotations

import numpy as np
import pytest
import safetensors.torch
import torch

from explorer.errors import UserError
from explorer.recommenders import AlsConfig, DotProductRecommender, fit_recommender
from explorer.sae import (
    ACTIVATIONS,
    SIDES,
    BatchTopKConfig,
    Diverged,
    MpConfig,
    SparseAutoencoder,
    TopKConfig,
    Trainer,
    explained_variance,
    train_sae,
)
from tests.sae.conftest import CONFIGS, PREFIXES

SLOW = pytest.mark.slow


def trainer_of(config, recommender, **changes) -> Trainer:
    return Trainer(config.model_copy(update=changes), recommender, seed=0)


def codes(sae, recommender) -> list[torch.Tensor]:
    return [sae.encode(x, side) for x, side in zip(embeddings(recommender), SIDES, strict=True)]


def assert_same_tensors(tensors: dict[str, torch.Tensor], others: dict[str, torch.Tensor]) -> None:
    """To the bit."""
    assert tensors.keys() == others.keys()
    for name, values in tensors.items():
        assert values.dtype == others[name].dtype and torch.equal(values, others[name]), name


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


def activations_by_hand(config, pre: np.ndarray, side: int) -> np.ndarray:
    """What is kept of a training batch's pre-activations, by sorting."""
    z = np.maximum(pre, 0)
    if config.activation == "topk":
        return np.where(z.argsort(axis=1).argsort(axis=1) >= z.shape[1] - config.counts[side], z, 0)
    if config.activation == "batchtopk":
        return np.where(z >= np.sort(z, axis=None)[-config.counts[side] * len(z)], z, 0)
    return z


def test_the_losses_of_a_step_are_averages_over_the_prefixes(config, recommender):
    trainer = trainer_of(config, recommender, prediction_weight=2.0)
    for _ in range(5):
        trainer.train_step()
    batch = trainer.next_batch()
    weights = {name: values.numpy().astype(float) for name, values in trainer.sae.tensors().items()}
    rows = batch.users.numpy(), batch.items.numpy()
    x = [whole.numpy().astype(float)[part] for whole, part in zip(embeddings(recommender), rows, strict=True)]
    users, items = (part.numpy().astype(float) for part in embeddings(recommender))
    bias = recommender.user_bias.numpy()[:, None] + recommender.item_bias.numpy()
    variance = (users @ items.T + bias).var()

    norm = [(part - weights["mean"][i]) / weights["scale"][i] for i, part in enumerate(x)]
    z = [activations_by_hand(config, part @ weights["W_enc"] + weights["b_enc"], i) for i, part in enumerate(norm)]
    by_level = {"embedding": [], "prediction": []}
    for width in PREFIXES if config.prefix_widths else (24,):
        copy = [part[:, :width] @ weights["W_dec"][:width] for part in z]
        by_level["embedding"].append(sum(((a - b) ** 2).mean() for a, b in zip(copy, norm, strict=True)))
        u, q = (weights["scale"][i] * part + weights["mean"][i] for i, part in enumerate(copy))
        by_level["prediction"].append(((u @ q.T - x[0] @ x[1].T) ** 2).mean() / variance)

    result = trainer.losses(batch)
    for name, values in by_level.items():
        assert result.losses[name].item() == pytest.approx(np.mean(values), rel=1e-3), name
        for width, value in zip(config.levels, values, strict=True):
            if config.prefix_widths:
                assert result.metrics[f"{name}_loss@{width}"] == pytest.approx(value, rel=1e-3)
    total = {"embedding": 1, "prediction": 2.0, "revival": config.revive_weight}
    total |= {"kl": config.kl_weight, "l1": config.l1_weight} if config.activation == "relu" else {}
    expected = sum(total[name] * value.item() for name, value in result.losses.items())
    assert result.total.item() == pytest.approx(expected, rel=1e-5)


def test_without_a_prediction_weight_the_scores_are_not_even_computed(recommender):
    trainer = trainer_of(CONFIGS["batchtopk"], recommender, prediction_weight=0.0)
    trainer.prediction = None
    assert "prediction" not in trainer.losses(trainer.next_batch()).losses


# prefixes


def test_the_history_has_the_losses_of_every_prefix_and_their_mean(trained, config):
    _, history = trained
    for record in history:
        for name in ("embedding_loss", "prediction_loss"):
            levels = {key: value for key, value in record.items() if key.startswith(f"{name}@")}
            assert list(levels) == ([f"{name}@{width}" for width in PREFIXES] if config.prefix_widths else [])
            if levels:
                assert np.mean(list(levels.values())) == pytest.approx(record[name])
    if config.prefix_widths:
        last = [history[-1][f"embedding_loss@{width}"] for width in PREFIXES]
        assert last[0] > last[1] > last[2]


def test_each_prefix_explains_more_by_itself_than_that_of_a_dictionary_trained_without_it(recommender):
    found = {}
    for kind in ("batchtopk", "batchtopk, prefixes"):
        sae, _ = train_sae(CONFIGS[kind], recommender, seed=0)
        for x, z, side in zip(embeddings(recommender), codes(sae, recommender), SIDES, strict=True):
            found[kind, side] = explained_variance(x, sae.decode(z, side, PREFIXES[0]))
    for side in SIDES:
        assert found["batchtopk, prefixes", side] > found["batchtopk", side] + 0.1


@pytest.mark.parametrize(("prefixes", "same"), [((24,), None), ("halves", (3, 6, 12, 24))], ids=str)
def test_ways_to_say_the_same_prefixes_train_the_same_to_the_bit(flat_config, recommender, prefixes, same):
    results = []
    for widths in (prefixes, same):
        config = flat_config.model_copy(update={"prefix_widths": widths, "epochs": 2})
        results.append(train_sae(config, recommender, seed=0))
    (first, history), (again, same_history) = results
    assert history == same_history
    assert_same_tensors(first.tensors(), again.tensors())


def test_prefixes_change_the_training(flat_config, recommender):
    short = flat_config.model_copy(update={"epochs": 1})
    flat, _ = train_sae(short, recommender, seed=0)
    nested, _ = train_sae(short.model_copy(update={"prefix_widths": PREFIXES}), recommender, seed=0)
    assert not torch.equal(flat.W_dec, nested.W_dec)


# training


def test_the_training_starts_with_reconstructions_as_long_as_what_they_reconstruct(config, recommender):
    """No factor on all reconstructions would make their error less."""
    sae = trainer_of(config, recommender).sae
    factor = sae.W_enc.norm(dim=0) / sae.W_dec.norm(dim=1)
    np.testing.assert_allclose(factor.detach(), factor[0].item(), rtol=1e-5)
    torch.testing.assert_close(sae.W_enc / factor, sae.W_dec.T)  # it stays tied

    def error(scale: float) -> float:
        total = 0.0
        for side, x in zip(SIDES, embeddings(recommender), strict=True):
            target = sae.normalise(x, side)
            z, _ = ACTIVATIONS[type(config)](config)(sae.pre_activations(target), SIDES.index(side))
            total += (scale * z @ sae.W_dec - target).square().mean().item()
        return total

    assert error(1.0) < min(error(0.98), error(1.02))


def test_the_loss_falls_and_the_code_explains_the_embeddings(trained, recommender):
    sae, history = trained
    assert history[-1]["total_loss"] < 0.4 * history[0]["total_loss"]
    assert history[-1]["prediction_loss"] < 0.4 * history[0]["prediction_loss"]
    for x, z, side in zip(embeddings(recommender), codes(sae, recommender), SIDES, strict=True):
        assert explained_variance(x, sae.decode(z, side)) > 0.8


def test_the_same_seed_gives_the_same_weights_and_another_one_others(config, recommender):
    short = config.model_copy(update={"epochs": 2})
    (first, history), (again, same_history), (other, _) = (train_sae(short, recommender, seed) for seed in (0, 0, 1))
    assert_same_tensors(first.tensors(), again.tensors())
    assert history == same_history
    assert not torch.equal(first.W_dec, other.W_dec)


@pytest.fixture(scope="module")
def little_als(little_dataset) -> DotProductRecommender:
    return fit_recommender(AlsConfig(dim=16), little_dataset, seed=0)[0]


@pytest.mark.parametrize(
    ("epochs", "k_users"), [pytest.param(50, None, marks=SLOW), pytest.param(200, None, marks=SLOW), (50, 7)]
)
def test_as_many_neurons_fire_on_the_data_as_batchtopk_was_asked_for(little_als, epochs, k_users):
    sae, _ = train_sae(BatchTopKConfig(width=32, k=4, k_users=k_users, epochs=epochs), little_als, seed=0)
    for z, k in zip(codes(sae, little_als), (k_users or 4, 4), strict=True):
        assert (z > 0).sum(dim=1).float().mean().item() == pytest.approx(k, rel=0.1)


def test_as_many_neurons_fire_on_every_row_as_topk_was_asked_for(little_als):
    sae, history = train_sae(TopKConfig(width=32, k=4, k_users=7, epochs=10), little_als, seed=0)
    for x, z, side, k in zip(embeddings(little_als), codes(sae, little_als), SIDES, (7, 4), strict=True):
        positive = (sae.pre_activations(sae.normalise(x, side)) > 0).sum(dim=1)
        assert torch.equal((z > 0).sum(dim=1), positive.clamp(max=k))
        assert (positive >= k).float().mean() > 0.9
        assert history[-1][f"l0_{side}s"] == pytest.approx(k, rel=0.05)


def test_in_training_batchtopk_fires_as_often_as_asked_for(recommender):
    result = trainer_of(CONFIGS["batchtopk"], recommender).train_step()
    assert result.metrics["l0_users"] == result.metrics["l0_items"] == CONFIGS["batchtopk"].k
    result = trainer_of(CONFIGS["batchtopk"], recommender, k_users=6).train_step()
    assert (result.metrics["l0_users"], result.metrics["l0_items"]) == (6, CONFIGS["batchtopk"].k)


def test_the_threshold_follows_the_smallest_kept_activation(recommender):
    trainer = trainer_of(CONFIGS["batchtopk"], recommender)
    kept = []
    for step in range(30):
        old = trainer.sae.threshold.clone()
        kept.append(torch.stack(trainer.train_step().codes.smallest_kept))
        new = trainer.sae.threshold
        if step == 0:
            assert torch.equal(new, kept[0])
        else:  # it moves towards the newest one and stops short of it
            assert ((new - old) * (kept[-1] - old) > 0).all()
            assert ((new - old).abs() < (kept[-1] - old).abs()).all()
    assert (kept[0] != kept[-1]).all()


@pytest.mark.parametrize("kind", ["relu", "topk"])
def test_others_have_no_threshold(recommender, kind):
    trainer = trainer_of(CONFIGS[kind], recommender)
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


# states


def run(trainer: Trainer, steps: int) -> list[dict[str, float]]:
    """The losses of some steps."""
    return [{name: loss.item() for name, loss in trainer.train_step().losses.items()} for _ in range(steps)]


@pytest.fixture(params=["as it is", "through a file"])
def carry(request, tmp_path):
    """A state as it comes elsewhere."""

    def through_a_file(state):
        (tmp_path / "state").write_bytes(safetensors.torch.save(state))
        return safetensors.torch.load_file(tmp_path / "state")

    return through_a_file if request.param == "through a file" else lambda state: state


STEPS = pytest.mark.parametrize("steps", [0, 4])
"""Before the first, and in the second epoch: one has three."""


@STEPS
def test_a_restored_trainer_continues_as_the_first_did_to_the_bit(config, recommender, carry, steps):
    first = trainer_of(config, recommender)
    run(first, steps)
    state = carry(first.state())
    again = trainer_of(config, recommender)
    again.restore(state)
    assert (again.step, again.epoch) == (steps, steps // 3)
    assert_same_tensors(again.state(), first.state())
    for _ in range(3):
        mine, other = first.next_batch(), again.next_batch()
        assert all(torch.equal(getattr(mine, name), getattr(other, name)) for name in ("users", "items", "dead"))
    assert run(again, 5) == run(first, 5)
    assert_same_tensors(again.state(), first.state())


@STEPS
def test_a_state_leaves_nothing_behind_of_what_was_before_it(config, recommender, steps):
    first, used = (trainer_of(config, recommender) for _ in range(2))
    run(first, steps)
    run(used, 3)
    with torch.no_grad():
        used.sae.threshold += 3
        used.silent_steps += 1e6
    used.restore(first.state())
    assert_same_tensors(used.state(), first.state())
    assert run(used, 3) == run(first, 3)
    assert_same_tensors(used.state(), first.state())


def test_an_epoch_that_uses_up_both_shuffles_can_be_continued(recommender, carry):
    first, again = (trainer_of(CONFIGS["batchtopk"], recommender, batch_size=1000) for _ in range(2))
    run(first, 2)
    again.restore(carry(first.state()))
    assert run(again, 3) == run(first, 3)


def test_dead_neurons_are_remembered(recommender, carry):
    first = with_dead_neurons(CONFIGS["batchtopk"], recommender, "never positive")
    again = trainer_of(CONFIGS["batchtopk"], recommender)
    again.restore(carry(first.state()))
    assert again.next_batch().dead[:5].all()
    first.next_batch()
    assert run(again, 4) == run(first, 4)


def test_a_state_is_a_copy_that_later_steps_do_not_change_and_that_changes_no_trainer(config, recommender):
    trainer = trainer_of(config, recommender)
    run(trainer, 4)
    state = trainer.state()
    before = {name: values.clone() for name, values in state.items()}
    run(trainer, 4)
    trainer.restore(state)
    run(trainer, 4)
    assert_same_tensors(state, before)
    after = trainer.state()
    for values in state.values():
        values.zero_()
    assert_same_tensors(trainer.state(), after)


def test_the_training_of_a_whole_is_that_of_its_halves(config, recommender):
    short = config.model_copy(update={"epochs": 2})
    whole, _ = train_sae(short, recommender, seed=0)
    first = Trainer(short, recommender, seed=0)
    run(first, first.steps_per_epoch)
    second = Trainer(short, recommender, seed=0)
    second.restore(first.state())
    while second.epoch < short.epochs:
        second.train_step()
    assert_same_tensors(second.sae.tensors(), whole.tensors())


# divergence


@pytest.mark.parametrize("value", [1e30, float("nan")])
def test_a_diverging_loss_is_named_with_a_setting_to_lower(config, recommender, value):
    trainer = trainer_of(config, recommender)
    trainer.train_step()
    with torch.no_grad():
        trainer.sae.W_enc *= value
    with pytest.raises(UserError, match=r"embedding.* loss .*step 2 of .*sae\.learning_rate"):
        trainer.train_step()


def spoil(monkeypatch, from_step: int, how: str) -> None:
    """Make a loss, or the weights after a step, infinite from a step on (counted from 0)."""
    original = Trainer.train_step

    def train_step(trainer):
        if trainer.step == from_step and how == "loss":
            with torch.no_grad():
                trainer.sae.W_enc[0, 0] = float("nan")
        result = original(trainer)
        if trainer.step == from_step + 1 and how == "weights":
            with torch.no_grad():
                trainer.sae.b_enc[3] = float("inf")
        return result

    monkeypatch.setattr(Trainer, "train_step", train_step)


@pytest.mark.parametrize(("how", "step", "epochs"), [("loss", 2, 0), ("weights", 3, 1), ("loss", 8, 2)])
def test_a_diverged_training_hands_over_the_last_good_epoch(flat_config, recommender, monkeypatch, how, step, epochs):
    short = flat_config.model_copy(update={"epochs": 3})
    good = Trainer(short, recommender, seed=0)
    for _ in range(epochs):
        run(good, 3)
        good.close_epoch()
    _, history = train_sae(short, recommender, seed=0)
    spoil(monkeypatch, step, how)
    with pytest.raises(Diverged, match=r"became infinite at step \d+ of 9; lower sae\.learning_rate") as caught:
        train_sae(short, recommender, seed=0)
    error = caught.value
    assert isinstance(error, UserError) and "\n" not in str(error)
    assert error.epoch == epochs and error.history == history[:epochs]
    assert_same_tensors(error.state, good.state())
    weights = {name.removeprefix("sae."): v for name, v in error.state.items() if name.startswith("sae.")}
    sae = SparseAutoencoder.from_tensors(weights)
    assert all(values.isfinite().all() for values in sae.tensors().values())
    assert all(z.isfinite().all() for z in codes(sae, recommender))


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


DEATHS = [
    ("batchtopk", "never among the k"),
    ("batchtopk", "never positive"),
    ("batchtopk, prefixes", "never positive"),
    ("topk", "never among the k"),
    ("topk", "never positive"),
    ("relu", "never positive"),
]


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


def test_dead_neurons_are_fitted_to_what_the_whole_dictionary_leaves_over_with_prefixes_too(recommender):
    flat, nested = (
        with_dead_neurons(CONFIGS[kind], recommender, "never positive") for kind in ("topk", "topk, prefixes")
    )
    found = [trainer.losses(trainer.next_batch()).losses["revival"].item() for trainer in (flat, nested)]
    assert found[0] == pytest.approx(found[1], rel=1e-5)


@pytest.mark.parametrize(("kind", "how"), DEATHS)
def test_dead_neurons_come_back(recommender, kind, how):
    trainer = with_dead_neurons(CONFIGS[kind], recommender, how, revive_weight=1.0, learning_rate=0.1, epochs=70)
    fired = torch.zeros(5, dtype=torch.bool)
    while fired.sum() < 3 and trainer.step < trainer.steps:
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


def test_large_data_take_no_more_steps_than_allowed():
    config = MpConfig(epochs=3, max_steps=600)
    assert config.steps_per_epoch(1_000_000, 200_000) == 200
    assert config.steps_per_epoch(6_018, 3_018) == 12
