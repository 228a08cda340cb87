"""Which items bear a neuron's name, read back from what the index says of it: `genre: Horror; years: 1980s`."""

from __future__ import annotations

import re

import numpy as np

from explorer.data import Dataset
from explorer.neurons.profiles import release_years

_YEARS = re.compile(
    r"(?:^|; )years: (?:before (?P<before>-?\d+)|since (?P<since>-?\d+)|(?P<decade>-?\d+)s|"
    r"(?P<first>-?\d+)(?:–(?P<last>-?\d+))?)$"
)


def bearers(dataset: Dataset, about: object) -> np.ndarray | None:
    """Which items a name is true of, bool `[N]`; None for a name that cannot be read, or none.

    about: the column `facets` of the table of neurons (`Predicate.about`).
    """
    if not isinstance(about, str) or not about:
        return None
    kind = f"{dataset.nouns.facet}: "
    # A genre's name may look like years: as a genre it comes first.
    for span in (None, _YEARS.search(about)):
        rest = about if span is None else about[: span.start()]
        inside = np.ones(dataset.n_items, bool) if span is None else _in_years(dataset, span)
        if not rest and span is not None:
            return inside
        if rest.startswith(kind) and (found := _with_facets(dataset, rest.removeprefix(kind))) is not None:
            return inside & found
    return None


def _with_facets(dataset: Dataset, text: str) -> np.ndarray | None:
    column = {genre: i for i, genre in enumerate(dataset.genres)}
    if text in column:
        return dataset.genre_matrix[:, column[text]].astype(bool)
    for word, join in ((" and ", np.logical_and), (" or ", np.logical_or)):
        parts = text.split(word)
        for cut in range(1, len(parts)):
            pair = word.join(parts[:cut]), word.join(parts[cut:])
            if column.keys() >= set(pair):
                return join(*(dataset.genre_matrix[:, column[one]].astype(bool) for one in pair))
    return None


def _in_years(dataset: Dataset, said: re.Match) -> np.ndarray:
    years = release_years(dataset)
    if said["before"]:
        return years < int(said["before"])
    if said["since"]:
        return years >= int(said["since"])
    if said["decade"]:
        return (years >= int(said["decade"])) & (years < int(said["decade"]) + 10)
    first = int(said["first"])
    last = first if said["last"] is None else int(said["last"])
    if last < first:  # `1935–89`
        last += first // 100 * 100
    return (years >= first) & (years <= last)
