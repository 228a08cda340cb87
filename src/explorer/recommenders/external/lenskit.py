"""The embeddings of a trained LensKit pipeline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from explorer.errors import UserError, listed

SUPPORTED = "ALS (implicit and biased), FlexMF, FunkSVD, biased SVD, HPF, and `implicit`'s ALS and BPR"
"""What has embeddings whose dot product is the score."""


@dataclass(frozen=True)
class Factors:
    """Embeddings with the ids of their rows; `users` is None where the scorer did not keep them."""

    users: np.ndarray | None
    user_ids: Sequence[object] | None
    items: np.ndarray
    item_ids: Sequence[object]
    user_bias: np.ndarray | None = None
    item_bias: np.ndarray | None = None


def factors_of(pipeline: object) -> Factors:
    """The embeddings of the scorer in a trained `lenskit.pipeline.Pipeline`, or of a scorer by itself.

    Where the scorer computes a user anew from the history of a query, these are the embeddings it had after training.
    Raises `UserError` if there is none, or none whose score is a dot product.
    """
    if hasattr(pipeline, "component_names"):
        scorers = [pipeline.component(name) for name in pipeline.component_names()]
    else:
        scorers = [pipeline]
    found = [factors for factors in map(_factors, scorers) if factors is not None]
    if not found:
        names = listed(sorted({type(each).__name__ for each in scorers if each is not None}))
        raise UserError(
            f"The pipeline has no trained scorer with embeddings (it has {names}); those of {SUPPORTED} can be "
            "explained."
        )
    return found[0]


def _factors(scorer: object) -> Factors | None:
    if hasattr(getattr(scorer, "model", None), "u_embed"):
        return _of_flexmf(scorer)
    users = _first(scorer, "users", "users_")
    items = _first(scorer, "items", "items_")
    of_users = _first(scorer, "user_embeddings", "user_features_", "user_components_")
    of_items = _first(scorer, "item_embeddings", "item_features_")
    if of_items is None and hasattr(scorer, "factorization_"):
        of_items = scorer.factorization_.components_.T
    if items is None or of_items is None:
        return None
    bias, item_ids = _first(scorer, "bias", "bias_"), items.ids()
    user_ids = None if of_users is None else users.ids()
    return Factors(
        None if of_users is None else np.asarray(of_users),
        user_ids,
        np.asarray(of_items),
        item_ids,
        None if bias is None or of_users is None else _biases(bias.users, bias.user_biases, user_ids, bias.global_bias),
        None if bias is None else _biases(bias.items, bias.item_biases, item_ids),
    )


def _of_flexmf(scorer) -> Factors:
    model = scorer.model
    # Of LightGCN, the mean over its layers; `model` itself scores with these.
    users, items = (
        of_model.weight if layers is None else layers.mean(dim=0)
        for of_model, layers in ((model.u_embed, model.u_layers), (model.i_embed, model.i_layers))
    )
    user_bias, item_bias = (
        None if bias is None else bias.weight.detach().cpu().numpy()[:, 0] for bias in (model.u_bias, model.i_bias)
    )
    return Factors(
        users.detach().cpu().numpy(),
        scorer.users.ids(),
        items.detach().cpu().numpy(),
        scorer.items.ids(),
        user_bias,
        item_bias,
    )


def _biases(vocabulary, values, ids: Sequence[object], everywhere: float = 0.0) -> np.ndarray | None:
    """One number per id, 0 for those the bias model does not know, and what is added everywhere."""
    if values is None:
        return None
    rows = vocabulary.numbers(ids, missing="negative")
    return np.where(rows >= 0, np.asarray(values)[rows], 0.0).astype(np.float32) + np.float32(everywhere)


def _first(scorer: object, *names: str) -> object | None:
    return next((value for name in names if (value := getattr(scorer, name, None)) is not None), None)
