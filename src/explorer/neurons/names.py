"""Propose a name for a neuron from the metadata of its top items, or say that it is unclear."""

from __future__ import annotations

import numpy as np

UNCLEAR = "unclear"
DEAD = "never fires"

DEPTH = 20
"""Top items a name is made from."""
MIN_SHARE = 0.5
"""Share of them that a genre or decade needs to give its name …"""
SIGNIFICANCE = 0.01
"""… with a chance of coming about at random below this, corrected over neurons × groups (`enrichment.bonferroni`)."""
IMPLIED_SHARE = 0.9
"""A second genre that this share of the first one's items has anyway says nothing new."""
POPULAR, OBSCURE = 90.0, 20.0
"""Mean popularity percentile from which on, and below which, the name says so."""
MAX_GENRES = 2


def propose_label(
    genre_share: np.ndarray,
    genre_p: np.ndarray,
    genres: list[str],
    implied: np.ndarray,
    decade_share: np.ndarray,
    decade_p: np.ndarray,
    decades: list[str],
    popularity: float,
) -> str:
    """One neuron's name, like `Horror, 1980s` or `Drama, popular`.

    `genre_share` and `genre_p` `[G]` are shares of the top items and corrected chances; likewise for decades;
    `implied[g, h]` is the share of g's items that h's name fits too; `popularity` is a mean percentile.
    """
    names = []
    chosen: list[int] = []
    for g in np.argsort(genre_p):
        if len(chosen) == MAX_GENRES or not (genre_share[g] >= MIN_SHARE and genre_p[g] < SIGNIFICANCE):
            continue
        if all(implied[h, g] < IMPLIED_SHARE and implied[g, h] < IMPLIED_SHARE for h in chosen):
            chosen.append(g)
            names.append(genres[g])
    if len(decades):
        best = np.argmin(np.nan_to_num(decade_p, nan=1.0))
        if decade_share[best] >= MIN_SHARE and decade_p[best] < SIGNIFICANCE:
            names.append(decades[best])
    if popularity >= POPULAR:
        names.append("popular")
    elif popularity <= OBSCURE:
        names.append("little known")
    if not names:
        return UNCLEAR
    text = ", ".join(names)
    return text[0].upper() + text[1:]
