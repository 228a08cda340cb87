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

ANY_YEAR = 0
"""The span that every item is in."""
_STEPS = (1, 5, 10, 25, 50, 100)
_MAX_CELLS = 24
MIN_CELL = 0.01
"""Share of the dated items that lie between two neighbouring limits of spans at least."""


@dataclass(frozen=True)
class Span:
    """Release years from `first` to `last`, both included; None where it has no limit on that side."""

    first: int | None
    last: int | None

    @property
    def name(self) -> str:
        """`1980s`, `1960–84`, `before 1970`, `since 1990`; nothing for every year."""
        if self.first is None:
            return "" if self.last is None else f"before {self.last + 1}"
        if self.last is None:
            return f"since {self.first}"
        if self.first % 10 == 0 and self.last == self.first + 9:
            return f"{self.first}s"
        if self.first == self.last:
            return str(self.first)
        same_century = self.first // 100 == self.last // 100
        return f"{self.first}–{self.last % 100:02}" if same_century else f"{self.first}–{self.last}"


@dataclass(frozen=True, eq=False)
class Facets:
    """Facets of the N items of a catalogue. Any name → bool `[N]` can be one: `Facets.of` takes genres and years."""

    names: tuple[str, ...]
    kinds: tuple[str, ...]
    """What each is one of: `genre`, `tag`."""
    members: np.ndarray
    """Which items have it, bool `[N, F]`."""
    eligible: np.ndarray
    """Which items are ranked, bool `[N]`."""
    spans: tuple[Span, ...]
    """Spans of years, `ANY_YEAR` first."""
    in_span: np.ndarray
    """Which items are of them, bool `[N, S]`."""

    @classmethod
    def of(
        cls, dataset: Dataset, years: np.ndarray, eligible: np.ndarray, more: Mapping[str, Mapping[str, np.ndarray]] = {}
    ) -> Facets:
        """Those of a data set.

        years: release years, float `[N]`, NaN where unknown.
        more: further facets by kind: `{"country": {"France": bool [N]}}`.
        """
        kinds = {dataset.nouns.facet: dict(zip(dataset.genres, dataset.genre_matrix.T, strict=True)), **more}
        names = [(kind, name, members) for kind, found in kinds.items() for name, members in found.items()]
        members = np.zeros((len(years), len(names)), bool)
        for column, (_, _, who) in enumerate(names):
            members[:, column] = who
        spans, in_span = year_spans(years, eligible)
        return cls(tuple(n for _, n, _ in names), tuple(k for k, _, _ in names), members, eligible, spans, in_span)

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


def year_spans(years: np.ndarray, eligible: np.ndarray) -> tuple[tuple[Span, ...], np.ndarray]:
    """Every year, and all spans between the limits that `_limits` sets; which items are in them, bool `[N, S]`.

    The limits come from the catalogue, never from a neuron, so that a span cannot be cut to fit a neuron's items.
    """
    limits = _limits(years[eligible & ~np.isnan(years)])
    cells = [*pairwise([-np.inf, *limits, np.inf])] if limits else []
    spans, inside = [Span(None, None)], [np.ones(len(years), bool)]
    for i, (low, _) in enumerate(cells):
        for _, high in cells[i:]:
            if low == -np.inf and high == np.inf:
                continue
            spans.append(Span(int(low) if np.isfinite(low) else None, int(high) - 1 if np.isfinite(high) else None))
            inside.append((years >= low) & (years < high))
    return tuple(spans), np.stack(inside, axis=1)


def _limits(years: np.ndarray) -> list[float]:
    """Round years between which lies a hundredth of the items at least, evenly spaced where there are many."""
    if not len(years):
        return []
    extent = years.max() - years.min()
    step = next((step for step in _STEPS if extent / step <= _MAX_CELLS), _STEPS[-1])
    least, limits, before = MIN_CELL * len(years), [], 0
    for limit in np.arange(np.ceil(years.min() / step) * step, years.max() + 1, step):
        below = int((years < limit).sum())
        if below - before >= least and len(years) - below >= least:
            limits.append(float(limit))
            before = below
    return limits[-_MAX_CELLS:]
