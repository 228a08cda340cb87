"""Named starting points for the settings; any setting given besides wins."""

from __future__ import annotations

from typing import Any, NamedTuple

from explorer.errors import UserError, listed
from explorer.sae import HALVES


class Preset(NamedTuple):
    """Settings by their dotted keys, with a title and a purpose."""

    title: str
    purpose: str
    settings: dict[str, Any]


PRESETS: dict[str, Preset] = {
    "quick": Preset(
        "Quick look",
        "a fifth of the epochs: a first look at a data set, not results to quote",
        {"sae.epochs": 40},
    ),
    "default": Preset("Default", "best known settings without levels", {}),
    "matryoshka": Preset(
        "Matryoshka",
        "a hierarchy: each of four prefixes, n/8, n/4, n/2 and n, has to reconstruct by itself, so that the first "
        "neurons become the broad concepts",
        {"sae.prefix_widths": HALVES},
    ),
    "paper": Preset(
        "As in the paper",
        "as published for MovieLens 1M: logistic matrix factorisation of 20 dimensions, 22 neurons, ReLU with KL and "
        "L1, squared error of all scores; without the flaws of its code release (docs/method.md)",
        {
            "recommender.kind": "mf",
            "recommender.dim": 20,
            "sae.activation": "relu",
            "sae.width": 22,
            "sae.prediction_form": "mse",
            "sae.prediction_weight": 1.0,
        },
    ),
}


def preset_settings(name: str) -> dict[str, Any]:
    """The settings of a preset."""
    if name not in PRESETS:
        raise UserError(f"{name!r} is not a preset; the presets are {listed(PRESETS)}.")
    return PRESETS[name].settings
