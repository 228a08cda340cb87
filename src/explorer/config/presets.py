"""Named starting points for the settings; any setting given besides wins."""

from __future__ import annotations

from typing import Any, NamedTuple

from explorer.errors import UserError, listed
from explorer.sae import COARSE


class Preset(NamedTuple):
    """Settings by their dotted keys, with a title and a purpose."""

    title: str
    purpose: str
    settings: dict[str, Any]


PRESETS: dict[str, Preset] = {
    "quick": Preset(
        "Quick look",
        "a dictionary in three rounds and one epoch: a first look at a data set, not results to quote",
        {"sae.dictionary_rounds": 3, "sae.epochs": 1},
    ),
    "default": Preset("Default", "best known settings without levels", {}),
    "matryoshka": Preset(
        "Matryoshka",
        "a hierarchy: a coarse and a fine level, each with a code of its own, so that broad concepts come with their "
        "kinds",
        {"sae.prefix_widths": COARSE},
    ),
    "faithful": Preset(
        "Faithful",
        "lists nearly equal to the recommender's, by a dictionary that is close to a rotation of the embedding: 48 "
        "neurons fire per user, and few of them are concepts",
        {
            "sae.activation": "batchtopk",
            "sae.width": 512,
            "sae.k": 20,
            "sae.k_users": 48,
        },
    ),
    "paper": Preset(
        "As in the paper",
        "as published for MovieLens 1M: logistic matrix factorisation of 20 dimensions, 22 neurons of which about 8 "
        "fire, ReLU with KL and L1, λ_pred = 10; without the flaws of its code release (docs/method.md)",
        {
            "recommender.kind": "mf",
            "recommender.dim": 20,
            "sae.activation": "relu",
            "sae.width": 22,
            "sae.prediction_form": "mse",
            "sae.kl_weight": 0.3,
            "sae.l1_weight": 0.3,
            "sae.prediction_weight": 10.0,
        },
    ),
}


def preset_settings(name: str) -> dict[str, Any]:
    """The settings of a preset."""
    if name not in PRESETS:
        raise UserError(f"{name!r} is not a preset; the presets are {listed(PRESETS)}.")
    return PRESETS[name].settings
