"""Ticks of a logarithmic axis that can be read: plotly writes a 2 where it means 0.02."""

from __future__ import annotations

import math
from collections.abc import Sequence

_STEPS = (1, 2, 5)
_ENOUGH = 3
_MANY = 7


def log_ticks(values: Sequence[float]) -> dict[str, list]:
    """Tick positions and labels for positive values, as settings of a plotly axis.

    They are 1, 2 and 5 of each power of ten; powers alone where these would be too many; evenly spaced round numbers
    where the values lie too close together for any.
    """
    if not len(values):
        return {}
    low, high = float(min(values)), float(max(values))
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    ticks = [step * 10.0**power for power in powers for step in _STEPS]
    inside = [tick for tick in ticks if low <= tick <= high]
    if len(inside) > _MANY:
        ticks = [10.0**power for power in powers][:: math.ceil(len(powers) / _MANY)]
    elif len(inside) < _ENOUGH and high > low:
        size = (high - low) / _ENOUGH
        power = 10.0 ** math.floor(math.log10(size))
        step = power * max(step for step in _STEPS if step * power <= size)
        ticks = [step * i for i in range(math.floor(low / step), math.ceil(high / step) + 1) if i > 0]
    return {"tickvals": ticks, "ticktext": [_label(tick) for tick in ticks]}


def _label(value: float) -> str:
    """`0.02`, `500`, `20k`, `3M`; far below 1 a power, `2·10⁻⁵`."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:.4g}{letter}"
    if value >= 9.9e-4:
        return f"{value:.4g}"
    power = math.floor(math.log10(value) + 1e-9)
    digits = f"{value / 10.0**power:.3g}"
    return f"{'' if digits == '1' else f'{digits}·'}10<sup>{power}</sup>".replace("-", "−")
