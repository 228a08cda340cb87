"""What the metadata says of items: facets that an item has or has not, and spans of release years.

Shapes: N items of which M are ranked, F facets, S spans.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from explorer.data import Dataset
from explorer.neurons.profiles import release_years

ANY_YEAR = 0
"""The number of the span that every item is in, whether its year is known or not."""
MIN_CELL = 0.01
"""Share of the dated ranked items that lie between two neighbouring limits of spans, at least."""
_STEPS = (1, 5, 10, 25, 50, 100, 1000)
_MAX_CELLS = 24


@dataclass(frozen=True)
class Span:
    """Release years from `first` to `last`, both included; None where it has no limit on that side."""

    first: int | None = None
    last: int | None = None

    @property
    def name(self) -> str:
        """`1980s`, `1960–84`, `before 1970`, `since 1990`; nothing for every year."""
        if self.first is None:
            return "" if self.last is None else f"before {self.last + 1}"
        if self.last is None:
            return f"since {self.first}"
        if self.is_decade:
            return f"{self.first}s"
        if self.first == self.last:
            return str(self.first)
        same_century = self.first // 100 == self.last // 100
        return f"{self.first}–{self.last % 100:02}" if same_century else f"{self.first}–{self.last}"

    @property
    def is_decade(self) -> bool:
        return self.first is not None and self.first % 10 == 0 and self.last == self.first + 9

    def within(self, other: Span) -> bool:
        """Whether it is a part of the other."""
        starts = other.first is None or (self.first is not None and self.first >= other.first)
        return starts and (other.last is None or (self.last is not None and self.last <= other.last))


@dataclass(frozen=True, eq=False)
class Facets:
    """Facets of the N items of a catalogue: `Facets.of` takes a data set's genres and years, and any others."""

    names: tuple[str, ...]
    kinds: tuple[str, ...]
    """What each is one of: `genre`, `tag`."""
    members: np.ndarray
    """Which items have it, bool `[N, F]`."""
    eligible: np.ndarray
    """Which items are ranked, bool `[N]`."""
    spans: tuple[Span, ...]
    """Spans of years, that of `ANY_YEAR` first."""
    in_span: np.ndarray
    """Which items are of them, bool `[N, S]`."""

    @classmethod
    def of(
        cls, dataset: Dataset, eligible: np.ndarray, more: Mapping[str, Mapping[str, np.ndarray]] | None = None
    ) -> Facets:
        """Those of a data set.

        eligible: which items are ranked, bool `[N]`.
        more: further facets by kind, such as `{"country": {"France": bool [N]}}`.
        """
        kinds = {dataset.nouns.facet: dict(zip(dataset.genres, dataset.genre_matrix.T, strict=True)), **(more or {})}
        found = [(name, kind, who) for kind, facets in kinds.items() for name, who in facets.items()]
        members = np.zeros((dataset.n_items, len(found)), bool)
        for column, (_, _, who) in enumerate(found):
            members[:, column] = who
        names, kinds = tuple(name for name, _, _ in found), tuple(kind for _, kind, _ in found)
        return cls(names, kinds, members, eligible, *year_spans(release_years(dataset), eligible))

    @cached_property
    def ranked(self) -> np.ndarray:
        """`members` of the ranked items, float32 `[M, F]`."""
        return self.members[self.eligible].astype(np.float32)

    @cached_property
    def ranked_in_span(self) -> np.ndarray:
        """`in_span` of the ranked items, float32 `[M, S]`."""
        return self.in_span[self.eligible].astype(np.float32)

    @cached_property
    def together(self) -> np.ndarray:
        """How many ranked items have both of two facets, `[F, F]`."""
        return self.ranked.T @ self.ranked

    @cached_property
    def are_sparse(self) -> bool:
        """Whether most facets are so rare that tags are likely to be missing where they apply."""
        sizes = np.diag(self.together)
        return len(sizes) > 0 and float(np.median(sizes)) < SPARSE * max(len(self.ranked), 1)


SPARSE = 0.03
"""Facets are sparse if the median of their shares of the ranked items is below this."""


def year_spans(years: np.ndarray, eligible: np.ndarray) -> tuple[tuple[Span, ...], np.ndarray]:
    """Every year, and all spans between the limits that the catalogue sets; which items are in them, bool `[N, S]`.

    The limits are round years and the same for every neuron, so that no span is cut to fit a neuron's items.

    years: float `[N]`, NaN where unknown.
    """
    limits = _limits(years[eligible & ~np.isnan(years)])
    cells = list(pairwise([-np.inf, *limits, np.inf])) if limits else []
    spans, inside = [Span()], [np.ones(len(years), bool)]
    for i, (low, _) in enumerate(cells):
        for _, high in cells[i:]:
            if np.isinf(low) and np.isinf(high):
                continue
            spans.append(Span(None if np.isinf(low) else int(low), None if np.isinf(high) else int(high) - 1))
            inside.append((years >= low) & (years < high))
    return tuple(spans), np.stack(inside, axis=1)


def _limits(years: np.ndarray) -> list[float]:
    """Round years between which lies a hundredth of the items at least."""
    if not len(years):
        return []
    step = next(step for step in _STEPS if (years.max() - years.min()) / step <= _MAX_CELLS or step == _STEPS[-1])
    least, limits, before = MIN_CELL * len(years), [], 0
    for limit in np.arange(np.ceil(years.min() / step) * step, years.max() + 1, step):
        below = int((years < limit).sum())
        if below - before >= least and len(years) - below >= least:
            limits.append(float(limit))
            before = below
    return limits
