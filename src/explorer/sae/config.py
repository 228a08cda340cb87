"""Settings that every sparse autoencoder has. Horizons are in epochs or shares of the run, never in samples."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from explorer.errors import shortened
from explorer.settings import Settings

PredictionForm = Literal["mse", "centred", "bce", "listwise"]
Start = Literal["random", "clusters", "components"]
UserLength = Literal["kept", "unit", "auto"]
HALVES, COARSE = "halves", "coarse"
PREFIXES = (HALVES, COARSE)
"""In place of prefix widths: n/8, n/4, n/2, n; and 2√n, n."""


def coarse_width(width: int) -> int:
    """Neurons of the coarse level of a dictionary of this width, 2√n."""
    return round(2 * math.sqrt(width))


class SaeConfig(Settings):
    """What every kind of sparse autoencoder shares. An epoch is one pass over the larger of the two sides, or the part
    of one that `max_steps` allows."""

    width: int | None = Field(None, ge=2, le=65536, description="Number of neurons, n.")
    prefix_widths: tuple[int, ...] | Literal["halves", "coarse"] | None = Field(
        None,
        description="Matryoshka: cumulative widths that each have to reconstruct by themselves, like "
        "[64, 128, 256, 512]; 'halves' means n/8, n/4, n/2, n; 'coarse' means 2√n, n; none: the whole dictionary only.",
    )
    seed: int | None = Field(
        None,
        ge=0,
        le=2**32 - 1,
        description="Decides the start of the training and the order of its batches; none: the seed of the run, which "
        "decides the split and the base model as well.",
    )
    start: Start = Field(
        "random",
        description="Directions to start from: 'random'; 'clusters', spherical k-means of the items; 'components', "
        "the independent components of users and items, and clusters of items that point elsewhere.",
    )
    user_length: UserLength = Field(
        "kept",
        description="Length of users to the autoencoder: 'kept' as it is; 'unit', so that one with a long history is "
        "coded like any other; 'auto', unit where no list depends on it.",
    )
    epochs: int = Field(
        200,
        ge=1,
        le=100_000,
        description="Epochs: passes over the larger side (users or items), the smaller one cycling.",
    )
    max_steps: int = Field(
        20_000,
        ge=1,
        le=100_000_000,
        description="Steps at most: on large data an epoch is as large a part of the larger side as they allow.",
    )
    batch_size: int = Field(512, ge=2, le=65536, description="Users, and items, per step.")
    learning_rate: float = Field(0.005, gt=0, le=1, description="Step size of Adam.")
    warmup_share: float = Field(0.05, ge=0, le=1, description="Share of the run in which the step size rises.")
    decay_share: float = Field(0.3, ge=0, le=1, description="Share of the run in which the step size falls to 0.")
    prediction_weight: float = Field(
        0.1,
        ge=0,
        le=1e6,
        description="λ_pred: weight of the loss on the recommender's scores. With the default's dictionary it hardly "
        "changes a list; with the paper's 22 neurons it does (docs/results.md).",
    )
    prediction_form: PredictionForm = Field(
        "mse",
        description="How scores are compared: 'mse' squared error (the paper); 'centred' that less each user's mean, "
        "in units of the user's variance; 'bce' cross-entropy to the recommender's probability, for those whose score "
        "is a logit; 'listwise' KL of softmaxed score rows, which weights the top of the list.",
    )
    temperature: float = Field(
        0.5,
        gt=0,
        le=1e3,
        description="Of the listwise form, in standard deviations of a user's scores: lower looks at the top only.",
    )
    prediction_sides: Literal["together", "apart"] = Field(
        "together",
        description="'together': scores of reconstructed users for reconstructed items (the paper); 'apart': each "
        "side's reconstruction against the true embeddings of the other, whose gradient has less noise.",
    )
    prediction_items: int | None = Field(
        None,
        ge=2,
        le=65536,
        description="Items of a batch whose scores are compared; none: all, or 64 if a score is not a dot product.",
    )
    dead_after: float = Field(
        5.0,
        gt=0,
        le=1e6,
        description="Epochs without firing on any user or item after which a neuron is dead.",
    )
    revive_weight: float = Field(
        0.05,
        ge=0,
        le=1e3,
        description="Weight of the auxiliary loss that lets dead neurons fit what is left over.",
    )

    def steps_per_epoch(self, n_users: int, n_items: int) -> int:
        """Steps of an epoch on data of these sizes."""
        passes = max(math.ceil(size / min(self.batch_size, size)) for size in (n_users, n_items))
        return min(passes, max(1, self.max_steps // max(self.epochs, 1)))

    @field_validator("prefix_widths", mode="before")
    @classmethod
    def _prefixes_are_a_list_of_widths(cls, value: Any) -> Any:
        # Here rather than by the type, which would complain of each of its members.
        widths = isinstance(value, list | tuple) and all(type(width) is int for width in value)
        if value is None or widths or (isinstance(value, str) and value in PREFIXES):
            return value
        raise ValueError(
            f"{shortened(repr(value))} is neither a list of whole numbers like [64, 128, 256, 512] nor 'halves' nor "
            "'coarse'"
        )

    @model_validator(mode="after")
    def _shares_fit(self):
        if self.warmup_share + self.decay_share > 1:
            raise ValueError("warmup_share + decay_share is more than 1: the run is shorter than that")
        return self

    @model_validator(mode="after")
    def _prefixes_rise_to_the_width(self):
        widths = self.prefix_widths
        if widths is None:
            return self
        if widths in PREFIXES:
            if self.width is not None and self.width < 8:
                raise ValueError(f"prefix_widths={widths!r} needs a width of at least 8, and width={self.width}")
            return self
        shown = list(widths)
        if not widths or widths[0] < 1:
            raise ValueError(f"prefix_widths={shown} must be one or more widths from 1 up")
        if any(later <= earlier for earlier, later in pairwise(widths)):
            raise ValueError(f"prefix_widths={shown} must rise: each prefix contains the one before")
        if self.width is not None and widths[-1] > self.width:
            raise ValueError(f"prefix_widths={shown} exceed width={self.width}: a prefix is a part of the dictionary")
        if self.width is not None and widths[-1] < self.width:
            raise ValueError(f"prefix_widths={shown} must end with width={self.width}, or later neurons are never used")
        return self

    @property
    def levels(self) -> tuple[int, ...]:
        """The widths that have to reconstruct by themselves, the last of them the whole dictionary's."""
        if self.prefix_widths is None:
            return (self.width,)
        if self.prefix_widths == HALVES:
            return tuple(self.width // part for part in (8, 4, 2, 1))
        if self.prefix_widths == COARSE:
            return coarse_width(self.width), self.width
        return self.prefix_widths


class CountedConfig(SaeConfig):
    """Sparse by count: a number of neurons fires."""

    dictionary_rounds: int = Field(
        0, ge=0, le=1000, description="Rounds of dictionary learning before the first epoch; 0 is none."
    )
    k: int | None = Field(None, ge=1, le=65536, description="Neurons active per item.")
    k_users: int | None = Field(
        None, ge=1, le=65536, description="Neurons active per user; where only k is given, as many as per item."
    )

    @model_validator(mode="after")
    def _k_fits(self):
        for name in ("k", "k_users"):
            value = getattr(self, name)
            if value and self.width and value > self.width:
                raise ValueError(
                    f"{name}={value} is more than width={self.width}: more neurons cannot fire than there are"
                )
        return self

    @property
    def counts(self) -> tuple[int, int]:
        """Neurons that fire on a user, and on an item."""
        return (self.k_users or self.k, self.k)
