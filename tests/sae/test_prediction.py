"""The loss that runs through the frozen recommender, in all its forms."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.special import expit, log_expit, softmax
from scipy.stats import entropy
from sklearn.metrics import r2_score

from explorer.recommenders import DotProductRecommender
from explorer.sae import ReluConfig, Trainer
from explorer.sae.prediction import COSTLY_ITEMS, FORMS, PredictionLoss, bce, centred, listwise, mse
from tests.helpers import Opaque
from tests.sae.conftest import FLAT

EVERY_FORM = pytest.mark.parametrize("form", FORMS)
SIDES = pytest.mark.parametrize("sides", ["together", "apart"])
LOTS = 1000
"""More than there are users or items."""


def loss_of(recommender, form: str, **settings) -> PredictionLoss:
    return PredictionLoss(ReluConfig(width=24, prediction_form=form, **settings), recommender, seed=0)


def everybody(recommender) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.arange(recommender.n_users), torch.arange(recommender.n_items)


@pytest.fixture(scope="module")
def unbiased(recommender) -> DotProductRecommender:
    """Without biases, so that embeddings can be made that give any scores; its own are about as large as logits."""
    return DotProductRecommender.from_arrays(recommender.user_embeddings / 5, recommender.item_embeddings / 5)


def of_scores(recommender, loss: PredictionLoss, scores: torch.Tensor) -> float:
    """The loss of arbitrary scores `[B, M]` of everybody under a recommender without biases."""
    return loss(scores, torch.eye(recommender.n_items), loss.target(*everybody(recommender))).item()


@EVERY_FORM
@SIDES
def test_perfect_scores_lose_nothing(any_recommender, form, sides):
    loss = loss_of(any_recommender, form, prediction_sides=sides)
    target = loss.target(*everybody(any_recommender))
    copies = any_recommender.user_embeddings.clone(), any_recommender.item_embeddings.clone()
    assert loss(*copies, target).item() == pytest.approx(0, abs=1e-6)


@EVERY_FORM
def test_a_predictor_that_scores_everything_the_same_loses_one(unbiased, form):
    loss = loss_of(unbiased, form, prediction_items=LOTS)
    true = loss.target(*everybody(unbiased)).scores
    assert true.shape == (unbiased.n_users, unbiased.n_items)  # all of which the unit was sampled from
    constant = true.mean().expand_as(true)
    assert of_scores(unbiased, loss, constant) == pytest.approx(1, rel=1e-4)
    halfway = (true + constant) / 2
    assert 0.05 < of_scores(unbiased, loss, halfway) < 0.5


@EVERY_FORM
def test_a_predictor_that_scores_everything_the_same_loses_one_of_any_recommender(any_recommender, form):
    loss = loss_of(any_recommender, form, prediction_items=LOTS)
    true = loss.target(*everybody(any_recommender)).scores.numpy().astype(float)
    assert loss.unit == pytest.approx(unscaled(form, true, np.full_like(true, true.mean())), rel=1e-4)


@EVERY_FORM
def test_the_unit_hardly_depends_on_the_seed(recommender, form):
    """Also where few items are compared."""
    units = []
    for seed in range(5):
        config = ReluConfig(width=24, prediction_form=form, prediction_items=20)
        units.append(PredictionLoss(config, recommender, seed).unit)
    assert np.std(units) < (0.05 if form == "listwise" else 1e-4) * np.mean(units)


def unscaled(form: str, true: np.ndarray, scores: np.ndarray, temperature: float = 0.5) -> float:
    """A form by its textbook formula."""
    if form == "mse":
        return np.mean((true - scores) ** 2)
    if form == "centred":
        return 1 - np.mean(
            [r2_score(of_user - of_user.mean(), s - s.mean()) for of_user, s in zip(true, scores, strict=True)]
        )
    if form == "bce":
        yes, no = log_expit(true) - log_expit(scores), log_expit(-true) - log_expit(-scores)
        return np.mean(expit(true) * yes + expit(-true) * no)
    scale = true.std(ddof=1, axis=1).mean() * temperature
    return np.mean(entropy(softmax(true / scale, axis=1), softmax(scores / scale, axis=1), axis=1))


@EVERY_FORM
@pytest.mark.parametrize("temperature", [0.2, 1.0])
def test_a_form_is_its_textbooks(unbiased, rng, form, temperature):
    loss = loss_of(unbiased, form, prediction_items=LOTS, temperature=temperature)
    true = loss.target(*everybody(unbiased)).scores.numpy().astype(float)
    scores = true + rng.normal(size=true.shape)
    unit = unscaled(form, true, np.full_like(true, true.mean()), temperature)
    expected = unscaled(form, true, scores, temperature) / unit
    assert of_scores(unbiased, loss, torch.from_numpy(scores).float()) == pytest.approx(expected, rel=1e-3)


def test_cross_entropy_is_that_of_the_two_probabilities_less_the_entropy(rng):
    true, scores = rng.normal(0, 3, (2, 20, 9))
    p, q = 1 / (1 + np.exp(-true)), 1 / (1 + np.exp(-scores))
    cross, own = (-(p * np.log(r) + (1 - p) * np.log(1 - r)).mean() for r in (q, p))
    assert bce(torch.from_numpy(true), torch.from_numpy(scores)).item() == pytest.approx(cross - own)


def test_cross_entropy_of_extreme_logits_is_finite():
    true = torch.tensor([[100.0, -100.0]])
    scores = (-true).requires_grad_()
    loss = bce(true, scores)
    loss.backward()
    assert loss.item() == pytest.approx(100) and scores.grad.isfinite().all()


@pytest.mark.parametrize("factor", [0.01, 100])
@pytest.mark.parametrize("form", ["mse", "centred", "listwise"])
def test_the_size_of_the_scores_does_not_matter(unbiased, rng, form, factor):
    larger = DotProductRecommender.from_arrays(unbiased.user_embeddings * factor, unbiased.item_embeddings)
    error = torch.from_numpy(rng.normal(size=(unbiased.n_users, unbiased.n_items)).astype(np.float32))
    found = []
    for model, unit in ((unbiased, 1), (larger, factor)):
        loss = loss_of(model, form)
        found.append(of_scores(model, loss, loss.target(*everybody(model)).scores + unit * error))
    assert found[0] > 0.01
    assert found[1] == pytest.approx(found[0], rel=1e-3)


@pytest.mark.parametrize("form", [centred, listwise])
def test_what_is_added_to_all_scores_of_a_user_costs_nothing_where_only_the_list_counts(rng, form):
    true, scores = torch.from_numpy(rng.normal(size=(2, 20, 9)))
    added = torch.from_numpy(rng.normal(0, 10, (20, 1)))
    assert form(true, scores + added).item() == pytest.approx(form(true, scores).item())
    assert form(true, true + added).item() == pytest.approx(0, abs=1e-9)
    assert mse(true, true + added) > 10 and bce(true, true + added) > 0.1


def test_in_the_centred_form_every_user_counts_the_same(rng):
    true, error = torch.from_numpy(rng.normal(size=(2, 20, 9)))
    size = torch.logspace(-2, 2, 20, dtype=torch.double)[:, None]
    assert centred(true * size, (true + error) * size).item() == pytest.approx(centred(true, true + error).item())


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_a_user_whose_scores_are_all_the_same_makes_no_loss_infinite(form):
    true = torch.tensor([[1.0, 1.0, 1.0], [1.0, 2.0, 4.0]])
    scores = true.flip(1).requires_grad_()
    form(true, scores).backward()
    assert scores.grad.isfinite().all()


def off_by_one(true: torch.Tensor, place: int) -> torch.Tensor:
    """The scores with the item at a place of each user's list one too low."""
    scores = true.clone()
    scores[torch.arange(len(true)), true.argsort(dim=1, descending=True)[:, place]] -= 1
    return scores


def test_the_listwise_form_weighs_an_error_at_the_top_more_than_the_same_at_the_bottom(rng):
    true = torch.from_numpy(rng.normal(0, 2, (20, 30)))
    errors = [listwise(true, off_by_one(true, place)).item() for place in (0, 5, 29)]
    assert errors[0] > 3 * errors[1] > 9 * errors[2] > 0
    assert mse(true, off_by_one(true, 0)).item() == pytest.approx(mse(true, off_by_one(true, 29)).item())


def test_at_a_lower_temperature_only_the_top_counts(unbiased):
    def share_of_the_bottom(temperature: float) -> float:
        loss = loss_of(unbiased, "listwise", temperature=temperature)
        true = loss.target(*everybody(unbiased)).scores
        top, bottom = (of_scores(unbiased, loss, off_by_one(true, place)) for place in (0, 40))
        return bottom / top

    assert share_of_the_bottom(0.1) < 0.1 * share_of_the_bottom(1.0)


@EVERY_FORM
@SIDES
def test_its_gradient_reaches_the_autoencoder_and_leaves_the_recommender_alone(any_recommender, form, sides):
    before = {name: values.numpy().tobytes() for name, values in any_recommender.tensors().items()}
    changes = {"prediction_form": form, "prediction_sides": sides, "prefix_widths": (12, 24)}
    trainer = Trainer(FLAT["batchtopk"].model_copy(update=changes), any_recommender, seed=0)
    trainer.losses(trainer.next_batch()).losses["prediction"].backward()
    for parameter in (trainer.sae.W_enc, trainer.sae.b_enc, trainer.sae.W_dec):
        assert parameter.grad.isfinite().all() and parameter.grad.abs().max() > 0
    trainer.train_step()
    for name, values in any_recommender.tensors().items():
        assert values.grad is None and not values.requires_grad
        assert values.numpy().tobytes() == before[name]


@EVERY_FORM
@SIDES
def test_its_gradient_reaches_the_reconstructions_of_both_sides(any_recommender, form, sides):
    loss = loss_of(any_recommender, form, prediction_sides=sides)
    copies = [(0.9 * x).requires_grad_() for x in (any_recommender.user_embeddings, any_recommender.item_embeddings)]
    loss(*copies, loss.target(*everybody(any_recommender))).backward()
    assert all(x.grad.isfinite().all() and x.grad.any() for x in copies)


@EVERY_FORM
def test_apart_is_the_mean_of_each_side_against_the_true_other_one(any_recommender, rng, form):
    together, apart = (loss_of(any_recommender, form, prediction_sides=sides) for sides in ("together", "apart"))
    u, q = any_recommender.user_embeddings, any_recommender.item_embeddings
    u_hat, q_hat = (x + torch.from_numpy(rng.normal(0, 1, x.shape).astype(np.float32)) for x in (u, q))
    target = apart.target(*everybody(any_recommender))
    expected = (together(u_hat, q, target) + together(u, q_hat, target)) / 2
    assert expected > 0.005
    assert apart(u_hat, q_hat, target).item() == pytest.approx(expected.item(), rel=1e-5)
    assert together(u_hat, q_hat, target).item() != pytest.approx(expected.item(), rel=1e-2)


@EVERY_FORM
def test_training_on_it_alone_brings_it_down(any_recommender, form):
    sides = "apart" if form in ("centred", "listwise") else "together"
    settings = {"prediction_form": form, "prediction_sides": sides, "prediction_weight": 1e3}
    config = ReluConfig(width=24, epochs=12, batch_size=64, learning_rate=0.02, **settings)
    trainer = Trainer(config, any_recommender, seed=0)
    losses = [trainer.train_step().losses["prediction"].item() for _ in range(trainer.steps)]
    assert np.mean(losses[-5:]) < 0.5 * np.mean(losses[:5])


@pytest.mark.parametrize(("form", "sides"), [("mse", "together"), ("listwise", "apart")])
@pytest.mark.parametrize(
    ("kind", "batch_size", "setting", "compared"),
    [
        ("dot product", 512, None, 90),
        ("dot product", 50, None, 50),
        ("dot product", 512, 7, 7),
        ("network", 512, None, COSTLY_ITEMS),
        ("network", 50, None, 50),
        ("network", 512, 7, 7),
        ("network", 512, 80, 80),
    ],
)
def test_as_many_items_are_compared_as_asked_for(
    recommender, network, kind, batch_size, setting, compared, form, sides
):
    model = recommender if kind == "dot product" else network
    config = ReluConfig(
        width=24, batch_size=batch_size, prediction_items=setting, prediction_form=form, prediction_sides=sides
    )
    trainer = Trainer(config, model, seed=0)
    batch = trainer.next_batch()
    loss = trainer.prediction
    target = loss.target(batch.users, batch.items)
    u, q = model.user_embeddings[batch.users], model.item_embeddings[batch.items]
    assert target.scores.shape == (len(batch.users), compared)
    everything = model.score(u, q, batch.users, batch.items)
    torch.testing.assert_close(target.scores, everything[:, :compared])
    u_hat, q_hat = 0.9 * u, (0.9 * q).requires_grad_()
    loss(u_hat, q_hat, target).backward()
    assert (q_hat.grad != 0).any(dim=1).tolist() == [True] * compared + [False] * (len(batch.items) - compared)


def test_the_setting_says_how_many_items_are_compared_where_a_score_is_not_a_dot_product():
    description = ReluConfig.model_fields["prediction_items"].description
    assert f"or {COSTLY_ITEMS} if a score is not a dot product" in description


def test_it_is_the_model_that_says_whether_its_score_is_a_dot_product(recommender, network):
    """Not its class: a new base model may be either."""
    soft = Opaque(recommender)
    assert [loss_of(model, "mse").items for model in (recommender, network, soft)] == [512, COSTLY_ITEMS, COSTLY_ITEMS]
    soft.dot_product = True
    assert loss_of(soft, "mse").items == 512
