"""What the reconstruction keeps of the recommender."""

from explorer.fidelity.agreement import kendall, overlap, rbo
from explorer.fidelity.report import (
    ACCURACY_LENGTH,
    LIST_LENGTH,
    Reconstruction,
    measure_code,
    measure_fidelity,
    measure_recommender,
    reconstruct,
)

__all__ = [
    "ACCURACY_LENGTH",
    "LIST_LENGTH",
    "Reconstruction",
    "kendall",
    "measure_code",
    "measure_fidelity",
    "measure_recommender",
    "overlap",
    "rbo",
    "reconstruct",
]
