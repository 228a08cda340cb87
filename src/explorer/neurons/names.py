"""Name a group of items, such as one of a map, after what half of them have; neurons are named by `naming`."""

from __future__ import annotations

import numpy as np

from explorer.neurons.purity import SIGNIFICANCE

UNCLEAR = "unclear"
"""What nothing can be said of: a neuron that fires on no ranked item."""
DEAD = "never fires"

NAME_DEPTH = 20
"""Number of strongest items that a significant genre is looked for in."""
MIN_SHARE = 0.5
"""Share of them that a genre or decade needs, besides being significant, to be in the name."""
IMPLIED_SHARE = 0.9
"""A second genre is left out if this share of the first one's items carry it anyway."""
POPULAR, OBSCURE = 90.0, 20.0
"""Mean popularity percentile from which on items are "popular", and up to which they are "little known"."""
MAX_NAMED_GENRES = 2
"""Genres in a name."""


def propose_label(
    genre_share: np.ndarray,
    genre_p: np.ndarray,
    genres: list[str],
    implied: np.ndarray,
    decade_share: np.ndarray,
    decade_p: np.ndarray,
    decades: list[str],
    percentile: float,
) -> str:
    """One group's name, like `Horror, 1980s` or `Drama, popular`.

    genre_share, decade_share: shares of the items, `[G]` and `[D]`.
    genre_p, decade_p: their corrected p, `[G]` and `[D]`.
    implied: `implied[g, h]` is the share of genre g's items that carry genre h too, `[G, G]`.
    percentile: mean popularity percentile of the items.
    """
    names = []
    chosen: list[int] = []
    for g in np.argsort(genre_p):
        if len(chosen) == MAX_NAMED_GENRES or not (genre_share[g] >= MIN_SHARE and genre_p[g] < SIGNIFICANCE):
            continue
        if all(implied[h, g] < IMPLIED_SHARE and implied[g, h] < IMPLIED_SHARE for h in chosen):
            chosen.append(g)
            names.append(genres[g])
    if len(decades):
        best = np.argmin(np.nan_to_num(decade_p, nan=1.0))
        if decade_share[best] >= MIN_SHARE and decade_p[best] < SIGNIFICANCE:
            names.append(decades[best])
    if percentile >= POPULAR:
        names.append("popular")
    elif percentile <= OBSCURE:
        names.append("little known")
    if not names:
        return UNCLEAR
    text = ", ".join(names)
    return text[0].upper() + text[1:]
