"""What real users have of a knob, and how far its slider goes."""

from __future__ import annotations

import math

import numpy as np

from explorer.runs import Run
from explorer.steering.edits import Concept
from explorer.steering.grouping import remembered

USUAL = (5, 95)
"""Percentiles of the users on whom a knob fires, between which its usual values lie."""
LOW, HIGH = -1.0, 1.5
"""Ends of a slider: beyond the strongest user, and as far below off as she is above it."""
_STEP = 0.25


def usual_range(run: Run, knob: int | Concept) -> tuple[float, float] | None:
    """The values, in units, between which nine of ten users lie who have any of a neuron or concept; None if no user
    has."""
    key = f"usual-{knob.name if isinstance(knob, Concept) else knob}"
    return remembered(run, key, lambda: _usual_range(run, knob))


def _usual_range(run: Run, knob: int | Concept) -> tuple[float, float] | None:
    z, units = run.reconstruction.user_activations, run.units.astype(np.float64)
    if isinstance(knob, Concept):
        rows = list(knob.neurons)
        values = z[:, rows].numpy().astype(np.float64) / units[rows] @ knob.weights / knob.strongest
    else:
        values = z[:, knob].numpy().astype(np.float64) / units[knob]
    values = values[values > 0]
    if not len(values):
        return None
    low, high = np.percentile(values, USUAL)
    return float(low), float(high)


def slider_range(own: float) -> tuple[float, float]:
    """Where a slider begins and ends, in units: wide enough for a person whose own value is beyond all users'."""
    return LOW, max(HIGH, math.ceil((own + _STEP) / _STEP) * _STEP)
