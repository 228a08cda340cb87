"""What a data set is at a glance: sizes, long tail, facets, what was left out."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np

from explorer.data.dataset import Dataset

HEAD_SHARE = 0.1
"""The share of items that counts as the head of the long tail."""


@dataclass(frozen=True)
class Spread:
    """How a count is spread: its quartiles and its ends."""

    least: int
    lower: float
    median: float
    upper: float
    most: int

    @classmethod
    def of(cls, counts: np.ndarray) -> Spread:
        lower, median, upper = np.quantile(counts, (0.25, 0.5, 0.75))
        return cls(int(counts.min()), float(lower), float(median), float(upper), int(counts.max()))


@dataclass(frozen=True)
class FacetSummary:
    """One facet: how many values, how many items have at least one, and the values that most items have."""

    name: str
    values: int
    items: int
    largest: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class DatasetSummary:
    """A data set in numbers.

    density: positives / (users × items). head: share of all positives that the most popular tenth of the items has.
    tail: that share for 0, 1, … 100 percent of the items, the most popular first, `[101]`.
    first, last: seconds since 1970 of the first and the last positive; None without times.
    """

    name: str
    users: int
    items: int
    positives: int
    density: float
    per_user: Spread
    per_item: Spread
    head: float
    tail: tuple[float, ...]
    facets: tuple[FacetSummary, ...]
    years: tuple[int, int] | None
    first: int | None
    last: int | None
    notes: tuple[str, ...]

    def as_json(self) -> dict:
        """For `--json`; without the curve."""
        return {key: value for key, value in asdict(self).items() if key != "tail"}


def summary(dataset: Dataset) -> DatasetSummary:
    """Count a data set."""
    rows = dataset.interactions
    per_user = np.bincount(rows["user"], minlength=dataset.n_users)
    per_item = np.bincount(rows["item"], minlength=dataset.n_items)
    shares = np.concatenate([[0.0], np.cumsum(np.sort(per_item)[::-1]) / len(rows)])
    tail = np.interp(np.linspace(0, dataset.n_items, 101), np.arange(dataset.n_items + 1), shares)
    years = dataset.items["year"].dropna()
    times = rows.get("timestamp")
    return DatasetSummary(
        name=dataset.name,
        users=dataset.n_users,
        items=dataset.n_items,
        positives=len(rows),
        density=len(rows) / (dataset.n_users * dataset.n_items),
        per_user=Spread.of(per_user),
        per_item=Spread.of(per_item),
        head=float(tail[round(100 * HEAD_SHARE)]),
        tail=tuple(map(float, tail)),
        facets=facet_summaries(dataset),
        years=(int(years.min()), int(years.max())) if len(years) else None,
        first=None if times is None else int(times.min()),
        last=None if times is None else int(times.max()),
        notes=dataset.notes,
    )


def facet_summaries(dataset: Dataset, most: int = 10) -> tuple[FacetSummary, ...]:
    """Every facet of a data set; one without a name of its own is called as `nouns` has it."""
    if not dataset.genres:
        return ()
    column = {value: i for i, value in enumerate(dataset.genres)}
    found = []
    for name, values in (dataset.facets or {dataset.nouns.facet: tuple(dataset.genres)}).items():
        columns = [column[value] for value in values if value in column]
        if not columns:
            continue
        carried = dataset.genre_matrix[:, columns]
        counts = carried.sum(axis=0)
        largest = sorted(zip(values_of(dataset, columns), map(int, counts), strict=True), key=lambda each: -each[1])
        found.append(FacetSummary(name, len(columns), int(carried.any(axis=1).sum()), tuple(largest[:most])))
    return tuple(found)


def values_of(dataset: Dataset, columns: list[int]) -> list[str]:
    """The values of some columns of `Dataset.genre_matrix`."""
    return [dataset.genres[i] for i in columns]
