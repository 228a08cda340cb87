"""A setting of the steering page that moves a list toward some concepts, as far as somebody in the data has them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from explorer.runs import Run
from explorer.steering import Edit
from explorer.steering.grouping import fires_on_users
from explorer.steering.setting import Setting, parameters_of_setting

MAX_CONCEPTS = 5
"""Concepts that are turned at once; with more nobody sees which of them did what."""


@dataclass(frozen=True)
class Toward:
    """Concepts, and how much of each the user has who has most of them."""

    user_id: object
    edits: tuple[Edit, ...]
    """In units: 1 is the strongest user of a neuron."""

    @property
    def neurons(self) -> list[int]:
        return [edit.neuron for edit in self.edits]

    def parameters(self, run: Run) -> dict[str, str]:
        """Of the address of the steering page, where only these sliders are shown."""
        pins = tuple(str(neuron) for neuron in self.neurons)
        said = parameters_of_setting(run, Setting(edits=self.edits, pins=pins, sliders="pinned"))
        return {name: text for name, text in said.items() if text}


def steer_toward(run: Run, neurons: Sequence[int], most: int = MAX_CONCEPTS) -> Toward | None:
    """The first few of these neurons that fire on users, each set to what one user has of it: the one whose sum over
    them is largest, of those who have something of the most. None if none fires on a user."""
    fires = fires_on_users(run)
    chosen = [int(neuron) for neuron in dict.fromkeys(neurons) if fires[neuron]][:most]
    if not chosen:
        return None
    values = run.reconstruction.user_activations[:, chosen].numpy() / run.units[chosen]
    has = (values > 0).sum(axis=1)
    user = int(np.lexsort((-values.sum(axis=1), -has))[0])
    edits = [Edit(k, "set", round(float(v), 3)) for k, v in zip(chosen, values[user], strict=True) if v > 0]
    return Toward(run.dataset.users["user_id"].iloc[user], tuple(edits))
