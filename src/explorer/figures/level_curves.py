"""Faithfulness from level to level: the neurons, other bases at equal sparsity, and the recommender itself."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from explorer.figures.curve import Curve, curves_svg
from explorer.figures.palette import Theme
from explorer.hierarchy.level_fidelity import NEURONS
from explorer.measures import NDCG, measure

NAMES = {
    NEURONS: "Neurons",
    "fastica": "FastICA",
    "kmeans": "k-means",
    "pca": "PCA",
    "raw": "Raw",
    "rotation": "Rotation",
}
"""Short names of what lists are from."""


def level_curves_svg(table: pd.DataFrame, key: str, own: float | None, widths: Sequence[int], theme: Theme) -> str:
    """One measure (`key`) of a `fidelity_table` over the first neurons of each level.

    own: NDCG of the recommender's own lists.
    widths: of the levels that are shown.
    """
    curves = []
    for what, name in NAMES.items():
        rows = table[table["what"] == what].set_index("width").reindex(list(widths))
        if rows[key].notna().any():
            ends = (rows[f"{key} low"].tolist(), rows[f"{key} high"].tolist())
            curves.append(Curve(name, rows[key].tolist(), *ends, main=what == NEURONS))
    of = measure(key)
    return curves_svg(
        widths,
        curves,
        f"{of.short} of each level beside other bases with as many active coordinates",
        "first neurons, log scale" if len(widths) > 1 else "first neurons",
        theme,
        most=None if key == NDCG else 1.0,
        reference=("Recommender", own) if key == NDCG and own is not None else None,
        form=of.form,
    )
