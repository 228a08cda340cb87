"""What the points of a map are coloured by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from explorer.choices import MapKind
from explorer.data import Dataset
from explorer.data.genres import MAX_GROUPS, OTHER, first_facet, genre_groups, main_genres
from explorer.errors import UserError, listed
from explorer.neurons.audience import favourite_genres, genre_shares
from explorer.neurons.profiles import release_years
from explorer.neurons.statistics import percentiles
from explorer.runs.run import Run

ColourBy = Literal["level", "genre", "density", "popularity", "year", "purity", "activation"] | str
"""Of several facets `genre` is the first, and `genre:NAME` another."""
OF_FACET = "genre:"
_CHOICES: dict[MapKind, tuple[ColourBy, ...]] = {
    "neurons": ("genre", "level", "purity", "density", "popularity", "year"),
    "items": ("genre", "popularity", "year", "density", "activation"),
    "users": ("genre", "density", "activation"),
    "together": ("genre", "popularity", "year", "density", "activation"),
}


@dataclass(frozen=True, eq=False)
class Colours:
    """A value for each point of a map.

    `label` names the measure, `unit` its unit ("" if it has none). Categorical if there are `categories`, in the order
    of the legend and with `OTHER`, if there is one, at the end: then `value` is str or None, `[n]`; else it is
    float with NaN. Missing means not known or not to be had of this point.
    """

    by: ColourBy
    label: str
    unit: str
    value: np.ndarray
    categories: tuple[str, ...] = ()

    @property
    def categorical(self) -> bool:
        return self.value.dtype == object

    @property
    def missing(self) -> np.ndarray:
        """Which points have no value, bool `[n]`."""
        return pd.isna(self.value)


def available_colours(run: Run, kind: MapKind) -> list[ColourBy]:
    """By what a map of this run can be coloured, the most useful first."""
    known = {
        "genre": bool(run.dataset.genres),
        "level": len(run.sae.levels) > 1,
        "year": not np.isnan(release_years(run.dataset)).all(),
    }
    if kind == "neurons":  # of which each may fire on too few items to be measured
        known |= {by: run.index.neurons[by].notna().any() for by in ("genre", "purity", "popularity", "year")}
    return [each for by in _CHOICES[kind] if known.get(by, True) for each in (by, *_other_facets(run, by))]


def _other_facets(run: Run, by: ColourBy) -> list[ColourBy]:
    """Colours by the facets after the first, which stand behind it."""
    return [OF_FACET + name for name in list(run.dataset.facets)[1:]] if by == "genre" else []


def colour_facet(by: ColourBy) -> str | None:
    """The facet that colours are of, where they are not of the first."""
    return by.removeprefix(OF_FACET) if by.startswith(OF_FACET) else None


def colour_values(run: Run, table: pd.DataFrame, by: ColourBy, neuron: int | None = None) -> Colours:
    """Values for the points of a map (`entity`, `row`), of neurons or of items, users or both.

    Items: `genre` is the rarest of their main genres; `density` the number of neurons that fire; `popularity` the
    percentile in the catalogue; `activation` that of the chosen neuron. Users: `genre` is their
    favourite among the main genres; density and activation too. Neurons: `genre` is the one with the highest purity, or
    its main genre; `density` the share of items on which they fire; `popularity` and `year` are means of the 50
    strongest items. A genre is the same category, so of the same colour, on every map.
    """
    entity, row = table["entity"].to_numpy(dtype=object), table["row"].to_numpy()
    kind = kind_of(table)
    if by not in _CHOICES[kind] and by not in available_colours(run, kind):
        raise UserError(f"A map of {kind} has no colours by {by}; choose {listed(_CHOICES[kind])}.")
    if by not in available_colours(run, kind):
        others = listed(available_colours(run, kind))
        raise UserError(f"The {by} of this run's {kind} is not known or the same for all; choose {others}.")
    if kind == "neurons":
        return _of_neurons(run, row, by)
    return _of_items(run, entity, row, by, neuron)


def _of_neurons(run: Run, row: np.ndarray, by: ColourBy) -> Colours:
    neurons = run.index.neurons.iloc[row]
    if by == "level":
        widths = np.array(run.sae.levels)
        starts = [0, *widths[:-1]]
        names = [f"level {i + 1} (from neuron {start})" for i, start in enumerate(starts)]
        level = np.searchsorted(widths, row, side="right")
        return _categories("level", "level", [names[i] for i in level], names)
    if by.split(":")[0] == "genre":
        facet = colour_facet(by)
        groups, best = genre_groups(run.dataset, facet), best_genres(run, facet)
        genres = [None if best[n] is None else groups[best[n]] for n in row]
        return _categories(by, f"best {facet or first_facet(run.dataset)}", genres, main_genres(run.dataset, facet))
    items, facet = run.dataset.nouns.items, run.dataset.nouns.facet
    column, label, unit = {
        "density": ("density_items", "density", f"share of {items}"),
        "popularity": ("popularity", f"popularity of the 50 strongest {items}", "percentile"),
        "year": ("year", f"mean year of the 50 strongest {items}", ""),
        "purity": ("purity", f"purity@10 of the best {facet}", "share"),
    }[by]
    return Colours(by, label, unit, neurons[column].to_numpy(float, na_value=np.nan))


def _of_items(run: Run, entity: np.ndarray, row: np.ndarray, by: ColourBy, neuron: int | None) -> Colours:
    item = entity == "item"
    if by.split(":")[0] == "genre":
        chosen = colour_facet(by)
        values = np.full(len(row), None, object)
        if item.any():
            values[item] = np.array(item_genres(run.dataset, chosen), object)[row[item]]
        if not item.all():
            values[~item] = np.array(user_genres(run.dataset, chosen), object)[row[~item]]
        facet = chosen or first_facet(run.dataset)
        label = f"main {facet}" if item.all() else f"favourite {facet}" if not item.any() else facet
        return _categories(by, label, values.tolist(), main_genres(run.dataset, chosen))
    if by in ("popularity", "year"):
        facts, label, unit = (
            (percentiles(run.dataset.items["popularity"].to_numpy()), "popularity", "percentile")
            if by == "popularity"
            else (release_years(run.dataset), "release year", "")
        )
        return Colours(by, label, unit, _by_side(facts, None, item, row))
    if by == "density":
        items, users = (
            (z.numpy() > 0).sum(axis=1)
            for z in (run.reconstruction.item_activations, run.reconstruction.user_activations)
        )
        return Colours(by, "neurons that fire", "neurons", _by_side(items, users, item, row))
    if neuron is None:
        raise UserError("Colours by activation are those of one neuron; choose a neuron.")
    neuron = run.neuron(neuron)
    items, users = (
        z[:, neuron].numpy() for z in (run.reconstruction.item_activations, run.reconstruction.user_activations)
    )
    name = run.index.neurons["label"].iloc[neuron]
    return Colours(by, f"neuron {neuron} ({name})", "activation", _by_side(items, users, item, row))


def _by_side(items: np.ndarray, users: np.ndarray | None, item: np.ndarray, row: np.ndarray) -> np.ndarray:
    """Each point's value from the values of all items and of all users (None: not to be had), float `[n]`."""
    values = np.full(len(row), np.nan)
    values[item] = items[row[item]]
    if users is not None:
        values[~item] = users[row[~item]]
    return values


def best_genres(run: Run, facet: str | None = None) -> list[str | None]:
    """The best genre of each neuron, of several facets that of one of them (None: the first)."""
    dataset = run.dataset
    if dataset.facet_of:
        return run.index.best_among(dataset.facets[facet or first_facet(dataset)])
    return [None if pd.isna(genre) else genre for genre in run.index.neurons["genre"]]


def item_genres(dataset: Dataset, facet: str | None = None) -> list[str | None]:
    """One genre of each item: the rarest of its main genres, since that says most; `OTHER` if it has only others, None
    if it has none."""
    matrix, main = dataset.genre_matrix, main_genres(dataset, facet)
    if not main:
        return [None] * len(matrix)
    rarest_first = np.array(main[::-1], object)
    carried = matrix[:, [dataset.genres.index(genre) for genre in rarest_first]]
    found = np.where(carried.any(axis=1), rarest_first[carried.argmax(axis=1)], OTHER)
    return np.where(matrix.any(axis=1), found, None).tolist()


def user_genres(dataset: Dataset, facet: str | None = None) -> list[str | None]:
    """The favourite of each user among the main genres (`favourite_genres`); None without a history."""
    main = np.array(main_genres(dataset, facet), object)
    columns = [dataset.genres.index(genre) for genre in main]
    favourite = favourite_genres(genre_shares(dataset.train, dataset.genre_matrix[:, columns]))
    if not len(main):
        return [None] * len(favourite)
    return np.where(favourite.any(axis=1), main[favourite.argmax(axis=1)], None).tolist()


def kind_of(table: pd.DataFrame) -> MapKind:
    """What a map's table (`entity`) is a map of."""
    there = set(table["entity"])
    if "neuron" in there:
        return "neurons"
    return "together" if there == {"item", "user"} else "users" if there == {"user"} else "items"


def _categories(by: ColourBy, label: str, values: list[str | None], order: Sequence[str]) -> Colours:
    """Values in the order of the legend. All of `order` keep their place, and so their colour, even where no point has
    them; beyond `MAX_GROUPS` they are `OTHER`."""
    kept = tuple(order)[:MAX_GROUPS]
    value = np.empty(len(values), object)
    value[:] = [None if v is None else v if v in kept else OTHER for v in values]
    return Colours(by, label, "", value, (*kept, OTHER) if OTHER in value else kept)
