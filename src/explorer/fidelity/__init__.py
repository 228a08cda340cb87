"""How much of the recommender the reconstruction keeps."""

from explorer.fidelity.agreement import kendall, overlap, rbo
from explorer.fidelity.baselines import compared_users, measure_lists
from explorer.fidelity.coverage import carried_lift, measure_coverage
from explorer.fidelity.level_baselines import measure_level_baselines
from explorer.fidelity.probe import FidelitySample
from explorer.fidelity.reconstruction import (
    CODE_MEASURES,
    Lists,
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
    "Lists",
    "Reconstruction",
    "carried_lift",
    "compared_users",
    "kendall",
    "measure_code",
    "measure_coverage",
    "measure_fidelity",
    "measure_level_baselines",
    "measure_levels",
    "measure_lists",
    "measure_recommender",
    "overlap",
    "rbo",
    "reconstruct",
]
