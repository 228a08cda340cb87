"""What groups of points on a map can be called: after genres, decades and popularity of items, favourites of users, and
names of neurons (`distinct.Namer`)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from scipy.sparse import csr_array
from scipy.stats import hypergeom

from explorer.data.genres import broadest_genres, main_genres
from explorer.maps.agreement import clear_genres
from explorer.maps.distinct import Members, Namer
from explorer.neurons.audience import favourite_genres, genre_shares
from explorer.neurons.names import DEAD, UNCLEAR, propose_label
from explorer.neurons.profiles import decades, release_years
from explorer.neurons.purity import SIGNIFICANCE, base_rates, bonferroni
from explorer.neurons.statistics import percentiles
from explorer.neurons.titles import short_title
from explorer.ratio import ratio
from explorer.runs.run import Run

PARTLY, PARTLY_SHARE, PARTLY_LIFT = "partly", 0.25, 2.0
"""A group that no genre has half of is named `partly` after one with this share and so many times its base rate."""
TRAIT_LIFT = 1.5
"""So many times as common in a group as in the others of its name is what tells it apart."""
MOST = 0.5
"""Share from which on a trait needs no `partly`."""
BETTER_KNOWN = 15.0
"""Percentiles of mean popularity between a group and the others of its name that are said."""
MIN_ITEMS = 5
"""Items from which on a group of users and items is named after its items."""
COMMON_NAME = 0.3
"""Share of a group's neurons that have to have a name for the group to get it."""


def namer_of(run: Run, table: pd.DataFrame) -> Namer:
    """What names groups of the points of a map (`entity`, `row`)."""
    entity, row = table["entity"].to_numpy(dtype=object), table["row"].to_numpy()
    if (entity == "neuron").any():
        return NeuronNamer(run, row)
    user, item = entity == "user", entity == "item"
    if not user.any():
        return ItemNamer(run, row)
    if not item.any():
        return UserNamer(run, row)
    return BothNamer(run, row, item)


class ItemNamer:
    """Items, called as neurons with these strongest items would be."""

    def __init__(self, run: Run, row: np.ndarray, eligible: np.ndarray | None = None):
        """`row`: of each point, `[n]`; `eligible`: which of the points are items (default: all)."""
        dataset = run.dataset
        names, in_decade = decades(release_years(dataset))
        self.row = row
        self.titles = dataset.items["title"]
        self.bought = dataset.items["popularity"].to_numpy()
        self.popularity = percentiles(self.bought)
        self.groups = _Traits(
            dataset.genres, dataset.genre_matrix, names, in_decade, row if eligible is None else row[eligible]
        )

    def names(self, groups: Members) -> list[str]:
        return self.groups.names([self.row[points] for points in groups], self.popularity)

    def traits(self, name: str, groups: Members) -> Iterator[list[str]]:
        rows = [self.row[points] for points in groups]
        yield from self.groups.traits(name, rows)
        if "popular" not in name.lower() and "little known" not in name.lower():
            yield self._known(rows)

    def _known(self, rows: Members) -> list[str]:
        mean = np.array([self.popularity[r].mean() for r in rows])
        others = np.array([np.concatenate([*rows[:i], *rows[i + 1 :]]) for i in range(len(rows))], object)
        apart = mean - [self.popularity[r.astype(int)].mean() for r in others]
        return ["better known" if a >= BETTER_KNOWN else "less known" if a <= -BETTER_KNOWN else "" for a in apart]

    def examples(self, points: np.ndarray) -> tuple[str, Iterator[str]]:
        """The most popular ones."""
        rows = self.row[points]
        best = rows[np.argsort(-self.bought[rows], kind="stable")]
        return "like", (short_title(self.titles.iloc[row]) for row in best)


class UserNamer:
    """Users, called after the main genre that stands out in most of their histories."""

    def __init__(self, run: Run, row: np.ndarray, eligible: np.ndarray | None = None):
        dataset = run.dataset
        main = list(main_genres(dataset))
        columns = [dataset.genres.index(genre) for genre in main]
        favourite = favourite_genres(genre_shares(dataset.train, dataset.genre_matrix[:, columns]))
        self.row, self.train = row, dataset.train
        self.titles = dataset.items["title"]
        self.groups = _Traits(
            main,
            favourite,
            [],
            np.zeros((dataset.n_users, 0), bool),
            row if eligible is None else row[eligible],
        )

    def names(self, groups: Members) -> list[str]:
        return self.groups.names([self.row[points] for points in groups], None)

    def traits(self, name: str, groups: Members) -> Iterator[list[str]]:
        yield from self.groups.traits(name, [self.row[points] for points in groups])

    @cached_property
    def _usual(self) -> np.ndarray:
        """Each item's share of all histories, `[N]`."""
        return shares_of(self.train)

    def examples(self, points: np.ndarray) -> tuple[str, Iterator[str]]:
        """Items that stand out in their histories: by share·log(share / usual share), which rare ones do not win. Of
        histories, not of users: else those who have little would have nothing that stands out."""
        share = shares_of(self.train[self.row[points]])
        there = share > 0
        above = np.zeros(len(share))
        above[there] = share[there] * np.log(share[there] / self._usual[there])
        best = [item for item in np.argsort(-above, kind="stable") if above[item] > 0]
        return "fans of", (short_title(self.titles.iloc[item]) for item in best)


class BothNamer:
    """Users and items: after the items, or where they are few after the users."""

    def __init__(self, run: Run, row: np.ndarray, item: np.ndarray):
        self.item = item
        self.items, self.users = ItemNamer(run, row, item), UserNamer(run, row, ~item)

    def _items(self, points: np.ndarray) -> np.ndarray:
        return points[self.item[points]]

    def names(self, groups: Members) -> list[str]:
        items = [self._items(points) for points in groups]
        by_items = self.items.names([points if len(points) >= MIN_ITEMS else points[:0] for points in items])
        by_users = self.users.names([points[~self.item[points]] for points in groups])
        called = [f"{name} (users)" if name else "" for name in by_users]
        return [a if len(i) >= MIN_ITEMS else b for i, a, b in zip(items, by_items, called, strict=True)]

    def traits(self, name: str, groups: Members) -> Iterator[list[str]]:
        if name.endswith("(users)"):
            yield from self.users.traits(name, [points[~self.item[points]] for points in groups])
        else:
            yield from self.items.traits(name, [self._items(points) for points in groups])

    def examples(self, points: np.ndarray) -> tuple[str, Iterator[str]]:
        items = self._items(points)
        if len(items) >= MIN_ITEMS:
            return self.items.examples(items)
        return self.users.examples(points[~self.item[points]])


class NeuronNamer:
    """Neurons, called after the name or the part of a name that most of them have."""

    def __init__(self, run: Run, row: np.ndarray):
        called = run.index.named | run.index.neurons["neuron"].isin(list(run.proposed))
        names = run.index.neurons["label"].str.split(": like ").str[0].where(called, UNCLEAR)
        self.run, self.row = run, row
        self.labels = names.to_numpy(dtype=object)[row]
        # What the names of several have in common may be said in none of them: the genre that theirs are part of.
        broadest = broadest_genres(run.dataset)
        self.broader = np.array([UNCLEAR if genre < 0 else broadest[genre] for genre in clear_genres(run)[row]], object)

    def names(self, groups: Members) -> list[str]:
        return [common_name(self.labels[points]) or common_name(self.broader[points], MOST) for points in groups]

    def traits(self, name: str, groups: Members) -> Iterator[list[str]]:
        counted = [Counter(part for label in self.labels[points] for part in _parts(label)) for points in groups]
        words = set(_parts(name))
        found = []
        for i, (points, own) in enumerate(zip(groups, counted, strict=True)):
            rest = sum(len(others) for j, others in enumerate(groups) if j != i)
            best = ("", 0.0)
            for part, count in sorted(own.items()):
                elsewhere = sum(other[part] for j, other in enumerate(counted) if j != i) / rest
                share = count / len(points)
                telling = count >= 2 and share >= PARTLY_SHARE and share >= TRAIT_LIFT * elsewhere
                if part not in words and telling and share > best[1]:
                    best = (part, share)
            found.append(f"{PARTLY} {best[0]}" if best[0] else "")
        yield found

    @cached_property
    def _activation(self) -> np.ndarray:
        """Of all items, in units of each neuron's largest, `[N, n]`."""
        z = self.run.reconstruction.item_activations.numpy()
        return z / np.maximum(z.max(axis=0), 1e-12)

    def examples(self, points: np.ndarray) -> tuple[str, Iterator[str]]:
        """The items on which they fire most, all together."""
        strength = self._activation[:, self.row[points]].sum(axis=1)
        best = [item for item in np.argsort(-strength, kind="stable") if strength[item] > 0]
        return "like", (short_title(self.run.dataset.items["title"].iloc[item]) for item in best)


def shares_of(histories: csr_array) -> np.ndarray:
    """Share of each item of everything in these histories `[U, N]`, `[N]`."""
    count = np.asarray(histories.sum(axis=0), float).ravel()
    return count / max(count.sum(), 1)


def _parts(label: str) -> list[str]:
    return [] if label in (UNCLEAR, DEAD) else [part[0].upper() + part[1:] for part in label.split(", ") if part]


def common_name(labels, at_least: float = COMMON_NAME) -> str:
    """The name that at least this share of the neurons, and two if there are two, have; else the part of a name, as
    `Horror` of `Horror, 1980s`; else nothing."""
    labels = list(labels)
    named = [label for label in labels if label not in (UNCLEAR, DEAD)]
    for names in (named, [part for label in named for part in _parts(label)]):
        # Of equals the first by alphabet, so that the order of the neurons does not matter.
        best = min(Counter(names).items(), key=lambda count: (-count[1], count[0]), default=("", 0))
        if best[1] >= max(min(2, len(labels)), 1, at_least * len(labels)):
            return best[0]
    return ""


@dataclass(frozen=True, eq=False)
class _Traits:
    """What items, or users, can be said to have in common; `in_genre` bool `[N, G]`, `in_decade` `[N, decades]`."""

    genres: list[str]
    in_genre: np.ndarray
    decades: list[str]
    in_decade: np.ndarray
    shown: np.ndarray
    """Rows of those that are on the map at all."""

    @cached_property
    def eligible(self) -> np.ndarray:
        eligible = np.zeros(len(self.in_genre), bool)
        eligible[self.shown] = True
        return eligible

    def names(self, groups: Members, popularity: np.ndarray | None) -> list[str]:
        """Names of groups of rows, empty where nothing is clear; popularity: percentiles `[N]`."""
        genre_share, genre_p = self._enrichment(self.in_genre, groups)
        decade_share, decade_p = self._enrichment(self.in_decade, groups)
        both = self.in_genre.T.astype(np.float32) @ self.in_genre
        implied = both / np.maximum(self.in_genre.sum(axis=0)[:, None], 1)
        names = []
        for i, rows in enumerate(groups):
            if not len(rows):
                names.append("")
                continue
            label = propose_label(
                genre_share[i],
                genre_p[i],
                self.genres,
                implied,
                decade_share[i],
                decade_p[i],
                self.decades,
                50.0 if popularity is None else float(popularity[rows].mean()),
            )
            names.append(label if label != UNCLEAR else self._partly(genre_share[i], genre_p[i]))
        return names

    def _enrichment(self, of: np.ndarray, groups: Members) -> tuple[np.ndarray, np.ndarray]:
        """Shares in each group of rows and corrected chances of at least these, `[groups, G]`; NaN for an empty one."""
        size = np.array([len(rows) for rows in groups])[:, None]
        count = np.array([of[rows].sum(axis=0) for rows in groups]).reshape(len(groups), of.shape[1])
        # `enrichment_p` at these counts alone: it tabulates all up to the size, which is large here.
        p = hypergeom.sf(count - 1, self.eligible.sum(), of[self.eligible].sum(axis=0), size)
        share = ratio(count, size)
        return share, bonferroni(np.where(np.isnan(share), np.nan, p))

    def _partly(self, share: np.ndarray, p: np.ndarray) -> str:
        above = ratio(share, base_rates(self.in_genre, self.eligible))
        clear = (share >= PARTLY_SHARE) & (above >= PARTLY_LIFT) & (p < SIGNIFICANCE)
        if not clear.any():
            return ""
        return f"{PARTLY.capitalize()} {self.genres[np.argmax(np.where(clear, above, -1))]}"

    def traits(self, name: str, groups: Members) -> Iterator[list[str]]:
        """The genre, and the decade, that is more common in each group of rows than in the others."""
        yield self._trait(name, self.genres, self.in_genre, groups)
        yield self._trait(name, self.decades, self.in_decade, groups)

    def _trait(self, name: str, names: list[str], of: np.ndarray, groups: Members) -> list[str]:
        new = np.array([text.lower() not in name.lower() for text in names], bool)
        count, size = np.array([of[rows].sum(axis=0) for rows in groups]), np.array([len(rows) for rows in groups])
        share = count / np.maximum(size, 1)[:, None]
        others = (count.sum(axis=0) - count) / np.maximum(size.sum() - size, 1)[:, None]
        telling = new & (share >= PARTLY_SHARE) & (share >= TRAIT_LIFT * others)
        found = []
        for i in range(len(groups)):
            best = int(np.argmax(np.where(telling[i], share[i], -1))) if telling[i].any() else -1
            sure = "" if best < 0 or share[i, best] >= MOST else f"{PARTLY} "
            found.append("" if best < 0 else f"{sure}{names[best]}")
        return found
