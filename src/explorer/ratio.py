"""Division where the divisor may be zero."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike


def ratio(part: ArrayLike, whole: ArrayLike, otherwise: float = np.nan) -> np.ndarray:
    """`part / whole`, broadcast against each other; `otherwise` where `whole` is not above 0."""
    part, whole = np.asarray(part), np.asarray(whole)
    shape, dtype = np.broadcast_shapes(part.shape, whole.shape), np.result_type(part, whole, np.float32)
    return np.divide(part, whole, out=np.full(shape, otherwise, dtype), where=whole > 0)
