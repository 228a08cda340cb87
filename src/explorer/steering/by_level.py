"""A user's list rebuilt from the first neurons only: one list per Matryoshka level, and what each level adds.

An item enters a list because its score rises more than that of others. What a level adds to it is therefore measured
above the average item (an overline is the mean over all items; `w` and `v` are this level and the one before):

    gain_i = (score_i − s̄core)_w − (score_i − s̄core)_v

For dot products it is the sum of one part per neuron of the user, and of what is the same for every user:

    part_k,i = l·s·z_k·⟨d_k, (q̂_i − q̄)_w − (q̂_i − q̄)_v⟩        rest_i = l·⟨m, (q̂_i − q̄)_w − (q̂_i − q̄)_v⟩

where a neuron that does not rebuild at a level has no part there. Before the first level there are no neurons. Where
scores are not dot products there are no such parts, and no single concept brought an item.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from explorer.measures import SHOWN_LENGTH
from explorer.runs import Run
from explorer.steering.effect import list_agreement
from explorer.steering.person import person_of, score_person
from explorer.steering.ranking import ranks_of
from explorer.steering.steer import list_table

NO_CONCEPT = -1
"""In place of a neuron's number: no single concept."""


@dataclass(frozen=True)
class LevelList:
    """The list of one level."""

    number: int
    """From 1."""
    width: int
    """Neurons that the dictionary is cut after."""
    table: pd.DataFrame
    """As of `steer`, with `recommender_rank`, `before` (the rank in the level before, 0 if not in its list), `new`
    (bool: not in the list of the level before), and what the level adds: `gain`, and of its own neurons the one that
    adds most, `concept` (`NO_CONCEPT` without), with its `part` of the gain (NaN without)."""
    lost: pd.DataFrame
    """What was in the list of the level before and is not in this one, with its rank there: columns as of `table`, but
    `concept` is the neuron, of this level or before, that takes most from it."""
    agreement: float
    """RBO with the recommender's own list."""
    shared: float
    """Share of items that are also in the recommender's own list."""
    neurons: np.ndarray
    """The level's own neurons that fire for the user, strongest first."""

    @property
    def n_new(self) -> int:
        """How many items the level before did not have; all of them on the first level."""
        return len(self.table) if self.number == 1 else int(self.table["new"].sum())

    def brought(self) -> list[tuple[int, int]]:
        """The neurons that brought new items and how many each, most first; on the first level every item is new."""
        new = self.table if self.number == 1 else self.table[self.table["new"]]
        counts = new.loc[new["concept"] != NO_CONCEPT, "concept"].value_counts(sort=False).sort_index()
        counts = counts.sort_values(ascending=False, kind="stable")
        return [(int(neuron), int(count)) for neuron, count in counts.items()]


@dataclass(frozen=True)
class LevelLists:
    """A user's list from the recommender, and from each level of the dictionary, the narrowest first."""

    recommender: pd.DataFrame
    """As of `steer`, with `first_level`: number of the first level whose list has the item, 0 if none."""
    levels: list[LevelList]
    exact: bool
    """Whether a gain is the sum of the parts of neurons."""


@dataclass(frozen=True)
class Gains:
    """What a level adds to some items above what it adds to the average item."""

    neurons: np.ndarray
    """That fire for the user, at this level or before, `[a]`."""
    parts: np.ndarray | None
    """Of each in each gain, `[a, r]`; None where gains are not a sum of parts."""
    rest: np.ndarray
    """What is not of the user's neurons, `[r]`; zero where gains are not a sum."""
    total: np.ndarray
    """The gains, `[r]`."""


class _Levels:
    """One user's scores at every level, and what they are made of."""

    def __init__(self, run: Run, user: int):
        self.run, self.user = run, user
        sae, x = run.sae, run.recommender.user_embeddings[user : user + 1]
        self.z, self.lengths = sae.encode(x, "user"), sae.lengths(x, "user")
        self.active = torch.nonzero(self.z[0] > 0)[:, 0]
        scale = self.lengths.double() * sae.scale[0].double()
        self.steps = scale * self.z[0, self.active, None].double() * sae.W_dec[self.active].double()
        self.mean = self.lengths[0].double() * sae.mean[0].double()

    def items(self, width: int) -> Tensor:
        """All items rebuilt at a level, `[n_items, d]`."""
        return self.run.sae.decode(self.run.reconstruction.item_activations, "item", width)

    def scores(self, width: int, items: Tensor) -> np.ndarray:
        """Of all items as rebuilt, float64 `[n_items]`."""
        rebuilt = self.run.sae.decode(self.z, "user", width, self.lengths)
        found = self.run.recommender.score(rebuilt, items, torch.tensor([self.user]))
        return found[0].numpy().astype(np.float64)

    def parts(self, width: int, items: Tensor, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Of the firing neurons in the scores of some items above the average one, `[a, r]`, and the rest, `[r]`."""
        q = items[torch.from_numpy(rows)].double() - items.double().mean(dim=0)
        there = self.run.sae.rebuilding(width)[self.active].double()
        return ((self.steps * there[:, None]) @ q.T).numpy(), (q @ self.mean).numpy()


@torch.inference_mode()
def level_lists(run: Run, user: int, top: int = SHOWN_LENGTH) -> LevelLists:
    """Lists of one user (row number) with the dictionary cut at each prefix: user and items rebuilt from the first
    neurons only, as `fidelity.measure_levels` measures it; seen items masked."""
    person, of = person_of(run, user), _Levels(run, user)
    own = score_person(run, person, person.embedding)[0].numpy().astype(np.float64)
    recommender = list_table(run, person.seen, own, top)
    levels: list[LevelList] = []
    start, earlier, shown = 0, None, None
    for number, width in enumerate(run.sae.levels, start=1):
        items = of.items(width)
        scores = of.scores(width, items)
        table = list_table(run, person.seen, scores, top)
        before = {} if shown is None else dict(zip(shown["row"], shown["rank"], strict=True))
        gone = pd.DataFrame(columns=table.columns) if shown is None else shown[~shown["row"].isin(table["row"])]
        gone = gone[list(table.columns)].astype(table.dtypes.to_dict())
        now = (width, items, scores)
        own_neurons = range(start, width)
        added = _gains(of, earlier, now, table["row"].to_numpy(np.int64))
        taken = _gains(of, earlier, now, gone["row"].to_numpy(np.int64))
        table = table.assign(
            recommender_rank=ranks_of(own, person.seen, table["row"].to_numpy()),
            before=[before.get(row, 0) for row in table["row"]],
            new=[shown is not None and row not in before for row in table["row"]],
            **_largest(added, np.isin(added.neurons, own_neurons), sign=1),
        )
        lost = gone.assign(
            recommender_rank=ranks_of(own, person.seen, gone["row"].to_numpy(np.int64)),
            **_largest(taken, np.ones(len(taken.neurons), bool), sign=-1),
        ).reset_index(drop=True)
        agreement = list_agreement(recommender["row"], table["row"])
        levels.append(LevelList(number, width, table, lost, *agreement, _strongest(of, start, width)))
        start, earlier, shown = width, now, table
    first = {row: level.number for level in reversed(levels) for row in level.table["row"]}
    recommender = recommender.assign(first_level=[first.get(row, 0) for row in recommender["row"]])
    return LevelLists(recommender, levels, run.recommender.dot_product)


@torch.inference_mode()
def level_gains(run: Run, user: int, number: int, rows: np.ndarray) -> Gains:
    """What a level (from 1) adds to the scores of some items (row numbers) of a user (row number)."""
    of, widths = _Levels(run, user), run.sae.levels
    steps = [(width, items, of.scores(width, items)) for width in widths[:number] for items in [of.items(width)]]
    return _gains(of, steps[-2] if number > 1 else None, steps[-1], rows)


_Step = tuple[int, Tensor, np.ndarray]
"""A level's width, the items as rebuilt there, and their scores."""


def _gains(of: _Levels, before: _Step | None, now: _Step, rows: np.ndarray) -> Gains:
    exact, neurons = of.run.recommender.dot_product, of.active.numpy()

    def at(step: _Step) -> tuple[np.ndarray, np.ndarray]:
        if exact:
            return of.parts(*step[:2], rows)
        return np.zeros((0, len(rows))), step[2][rows] - step[2].mean()

    parts, rest = at(now)
    if before is not None:
        earlier = at(before)
        parts, rest = parts - earlier[0], rest - earlier[1]
    if exact:
        return Gains(neurons, parts, rest, parts.sum(axis=0) + rest)
    return Gains(neurons[:0], None, np.zeros(len(rows)), rest)


def _largest(gains: Gains, among: np.ndarray, sign: int) -> dict[str, np.ndarray]:
    """Columns of the gains: who adds most to each (sign 1) or takes most from it (−1) of some neurons, if anyone."""
    concept = np.full(len(gains.total), NO_CONCEPT)
    part = np.full(len(gains.total), np.nan)
    if gains.parts is not None and among.any() and len(gains.total):
        signed = sign * gains.parts[among]
        best = signed.argmax(axis=0)
        most = signed[best, np.arange(len(best))]
        concept = np.where(most > 0, gains.neurons[among][best], NO_CONCEPT)
        part = np.where(most > 0, sign * most, np.nan)
    return {"gain": gains.total, "concept": concept.astype(np.int64), "part": part}


def _strongest(of: _Levels, start: int, width: int) -> np.ndarray:
    fires = of.z[0, start:width].numpy()
    return start + np.argsort(-fires, kind="stable")[: int((fires > 0).sum())]


def as_table(lists: LevelLists, labels: Sequence[str]) -> pd.DataFrame:
    """All lists as one table, for a file: `list` (`recommender` or the number of the level), the columns of its table
    without the facets, and the name of the concept, `concept_name`.

    labels: names of the neurons, `[n]`.
    """
    labels = list(labels)
    parts = [lists.recommender.assign(list="recommender")]
    parts += [level.table.assign(list=str(level.number)) for level in lists.levels]
    table = pd.concat(parts, ignore_index=True)
    table["concept"] = table["concept"].fillna(NO_CONCEPT).astype(int)
    named = [labels[neuron] if neuron != NO_CONCEPT else "" for neuron in table["concept"]]
    order = ["list", "rank", "item_id", "title", "year", "score", "recommender_rank", "first_level", "before", "new"]
    return table.assign(concept_name=named)[[*order, "gain", "concept", "concept_name", "part"]]
