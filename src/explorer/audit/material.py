"""What a reviewer is given to judge a neuron by: first items alone, without name or number; then what the run says.

Read from the stored index, never from the activations of all items.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from explorer.measures import PURITY_DEPTHS
from explorer.runs import Run

STRONGEST, PER_POINT, RANDOM = 12, 2, 6
"""Items shown of the strongest, of each point of the neuron's range, and of random ones."""
_FACETS = 3
_MAX_KEPT = 2000
_MISSING_TITLE = "(no title)"


@dataclass(frozen=True)
class Shown:
    """An item as a reviewer sees it."""

    title: str
    year: int | None


@dataclass(frozen=True)
class Blind:
    """Items on which a neuron fires, and nothing that the run makes of them."""

    strongest: tuple[Shown, ...]
    """Strongest first."""
    spread: tuple[Shown, ...]
    """At several points of its range, from strong to weak."""
    random: tuple[Shown, ...]
    """Any on which it fires."""

    @property
    def empty(self) -> bool:
        return not (self.strongest or self.spread or self.random)


@dataclass(frozen=True)
class Facet:
    """How many of a neuron's strongest items bear a facet; shares."""

    name: str
    share: float
    base_rate: float


@dataclass(frozen=True)
class Evidence:
    """What the run says of a neuron: told after the verdict. Shares are None where they are not known."""

    name: str
    """The proposed name."""
    own_name: str
    """What people call it instead; empty if they do not."""
    named: bool
    """Whether the proposed name holds; else the neuron is called after items."""
    depth: int
    """Number of items that the facets are counted in."""
    facets: tuple[Facet, ...]
    name_holds: float | None
    held_out: float | None
    density_items: float
    density_users: float
    popularity: float | None
    """Mean percentile, 0 to 100."""
    year: float | None


class Material:
    """The material of a run, by neuron."""

    def __init__(self, run: Run):
        self._run = run
        self._kept: dict[int, dict[str, Any]] = {}

    def blind(self, neuron: int) -> Blind:
        examples = self._rows(self._examples, neuron)
        spread = examples[examples["kind"] == "quantile"].sort_values("quantile", ascending=False, kind="stable")
        return Blind(
            self._items(self._rows(self._top, neuron)["row"][:STRONGEST]),
            self._items(spread.groupby("quantile", sort=False).head(PER_POINT)["row"]),
            self._items(examples.loc[examples["kind"] == "random", "row"][:RANDOM]),
        )

    def evidence(self, neuron: int) -> Evidence:
        run, row = self._run, self._run.index.neurons.iloc[neuron]
        depth = PURITY_DEPTHS[0]
        purity = self._rows(self._purity, neuron)
        purity = purity[purity["k"] == depth].sort_values(["value", "base_rate"], ascending=[False, True])
        facets = purity[purity["value"] > 0][:_FACETS]
        label = str(row["label"])
        return Evidence(
            name=run.proposed.get(neuron, label),
            own_name=label if neuron in run.proposed else "",
            named=bool(run.index.named.iloc[neuron]),
            depth=depth,
            facets=tuple(
                Facet(*values) for values in zip(facets["genre"], facets["value"], facets["base_rate"], strict=True)
            ),
            name_holds=_known(row.get("name_holds")),
            held_out=_known(row.get("held_out")),
            density_items=float(row["density_items"]),
            density_users=float(row["density_users"]),
            popularity=_known(row["popularity"]),
            year=_known(row["year"]),
        )

    def as_json(self, neuron: int) -> dict[str, Any]:
        """Both, of plain values; kept, since a neuron is shown again and again while one works around it."""
        if neuron not in self._kept:
            if len(self._kept) >= _MAX_KEPT:
                self._kept.clear()
            self._kept[neuron] = {"blind": asdict(self.blind(neuron)), "told": asdict(self.evidence(neuron))}
        return self._kept[neuron]

    def items(self, rows: tuple[int, ...] | list[int]) -> list[Shown]:
        """Any items as a reviewer sees them."""
        return list(self._items(pd.Series(rows, dtype="int64")))

    # --- every table is sorted by neuron once, so that one neuron costs nothing of all the others

    @cached_property
    def _top(self) -> tuple[pd.DataFrame, np.ndarray]:
        return _by_neuron(self._run.index.top_items, "rank")

    @cached_property
    def _examples(self) -> tuple[pd.DataFrame, np.ndarray]:
        return _by_neuron(self._run.index.examples)

    @cached_property
    def _purity(self) -> tuple[pd.DataFrame, np.ndarray]:
        return _by_neuron(self._run.index.purity)

    @staticmethod
    def _rows(sorted_by_neuron: tuple[pd.DataFrame, np.ndarray], neuron: int) -> pd.DataFrame:
        table, numbers = sorted_by_neuron
        first, end = np.searchsorted(numbers, [neuron, neuron + 1])
        return table.iloc[first:end]

    def _items(self, rows: pd.Series) -> tuple[Shown, ...]:
        items = self._run.dataset.items
        titles, years = items["title"], items.get("year")
        shown = []
        for row in rows:
            year = None if years is None or pd.isna(years.iloc[row]) else int(years.iloc[row])
            title = titles.iloc[row]
            text = "" if pd.isna(title) else str(title).strip()
            # Many titles end in their year; once is enough.
            said = year is not None and text.endswith(f"({year})")
            shown.append(Shown(text or _MISSING_TITLE, None if said else year))
        return tuple(shown)


def _by_neuron(table: pd.DataFrame, *then: str) -> tuple[pd.DataFrame, np.ndarray]:
    table = table.sort_values(["neuron", *then], kind="stable", ignore_index=True)
    return table, table["neuron"].to_numpy()


def _known(value: Any) -> float | None:
    return None if value is None or pd.isna(value) else float(value)
