"""How much of the recommender the reconstruction keeps."""

from explorer.fidelity.agreement import kendall, overlap, rbo
from explorer.fidelity.probe import FidelitySample
from explorer.fidelity.reconstruction import (
    CODE_MEASURES,
    Reconstruction,
    measure_code,
    measure_fidelity,
    measure_levels,
    measure_recommender,
    reconstruct,
)

__all__ = [
    "CODE_MEASURES",
    "FidelitySample",
    "Reconstruction",
    "kendall",
    "measure_code",
    "measure_fidelity",
    "measure_levels",
    "measure_recommender",
    "overlap",
    "rbo",
    "reconstruct",
]
