"""Repeated rounds: what a policy does to exposure and variety when users consume what they are shown.

Each round every user gets a list, takes a few of its items, and never gets those again. What she takes is drawn by
rank: an item is `p` times as likely to be taken as the one before it. Steered and own lists are drawn with the same
random numbers, so that they differ by the policy alone. With `refit` the base model folds a user in again after each
round, from all that she has had; else her embedding stays as it is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from scipy.sparse import csr_array
from torch import Tensor

from explorer import recommenders
from explorer.errors import UserError
from explorer.experiments.cohort import Cohort
from explorer.experiments.crowd import CELLS_AT_ONCE, Crowd
from explorer.experiments.exposure import gini, variety
from explorer.experiments.target import Direction, Group, Target
from explorer.fidelity.agreement import RBO_P
from explorer.measures import (
    ACCURACY_LENGTH,
    CONSUMED_SHARE,
    CONSUMED_VARIETY,
    LIST_COVERAGE,
    LIST_GINI,
    LIST_NDCG,
    LIST_POPULARITY,
    LIST_SHARE,
    LIST_VARIETY,
)
from explorer.neurons.statistics import percentiles
from explorer.progress import Progress, silent
from explorer.ratio import ratio
from explorer.recommenders import NOTHING, accuracy_of_users
from explorer.runs import Run

ROUNDS = 10
PER_ROUND = 3
"""Items that a user takes of each list."""
SEEDS = 5
COLUMNS = ("kind", "target", "group", "arm", "dose", "round", "measure", "value", "low", "high", "users")
"""Of the table of results: mean, smallest and largest over seeds of a measure in a round. The arms are `own` and
`steered`."""


@dataclass(frozen=True, eq=False)
class Rounds:
    """What the rounds did."""

    target: str
    group: str
    dose: float
    cohort: Cohort
    table: pd.DataFrame
    """`COLUMNS`."""


def rounds(
    run: Run,
    what: int | str,
    dose: float,
    cohort: Cohort,
    facet: str | None = None,
    n_rounds: int = ROUNDS,
    per_round: int = PER_ROUND,
    top: int = ACCURACY_LENGTH,
    seed: int = 0,
    seeds: int = SEEDS,
    refit: bool = False,
    progress: Progress = silent,
) -> Rounds:
    """Simulate rounds without and with a neuron (number) or concept (name) brought to a dose: raised to it above 0,
    lowered to it at 0 and below.

    seeds: how often, with other random choices each time. per_round: items that a user takes of each list.
    """
    for name, value in (("rounds", n_rounds), ("items per round", per_round), ("length", top), ("seeds", seeds)):
        if value < 1:
            raise UserError(f"The number of {name} is {value}; it must be at least 1.")
    target = Target.of(run, what)
    group = target.group(facet)
    market = _Market(run, cohort, group, n_rounds, per_round, top, refit)
    policies: dict[str, _Policy | None] = {"own": None, "steered": _Policy(target, dose, 1 if dose > 0 else -1)}
    rows = []
    for arm, policy in policies.items():
        found = []
        for i in range(seeds):
            found.append(market.run_rounds(policy, seed + i))
            progress("rounds", (len(rows) > 0) / 2 + (i + 1) / (2 * seeds), f"{arm}, seed {seed + i}")
        for number in range(n_rounds):
            for name in found[0][number]:
                values = np.array([one[number][name] for one in found])
                band = {"value": values.mean(), "low": values.min(), "high": values.max()}
                rows.append({"arm": arm, "round": number + 1, "measure": name, **band})
    about = {"kind": "rounds", "target": target.name, "group": group.name, "dose": dose, "users": len(cohort)}
    table = pd.DataFrame(rows).assign(**about)[list(COLUMNS)]
    return Rounds(target.name, group.name, dose, cohort, table)


@dataclass(frozen=True, eq=False)
class _Policy:
    target: Target
    dose: float
    direction: Direction

    def scores(self, crowd: Crowd) -> np.ndarray:
        return crowd.changed(self.target.changes(crowd, self.dose, self.direction))


@dataclass(frozen=True, eq=False)
class _Market:
    """A cohort that consumes."""

    run: Run
    cohort: Cohort
    group: Group
    n_rounds: int
    per_round: int
    top: int
    refit: bool

    def run_rounds(self, policy: _Policy | None, seed: int) -> list[dict[str, float]]:
        """The measures of each round; the catalogue shown and what was taken are of all rounds so far."""
        users, n_items = self.cohort.users, self.run.dataset.n_items
        at_once = max(1, CELLS_AT_ONCE // max(n_items, 1))
        shown = np.full((self.n_rounds, len(users), self.top), NOTHING)
        taken = np.full((self.n_rounds, len(users), self.per_round), NOTHING)
        for start in range(0, len(users), at_once):
            part = slice(start, start + at_once)
            shown[:, part], taken[:, part] = self._part(users[part], policy, [seed, start])
        return self._measured(shown, taken)

    def _part(self, users: np.ndarray, policy: _Policy | None, seed: list[int]) -> tuple[np.ndarray, np.ndarray]:
        """Lists and what was taken of them of some users, `[rounds, B, top]` and `[rounds, B, per_round]`."""
        rng = np.random.default_rng(seed)
        shown, taken, scores = [], [], None
        crowd = Crowd(self.run, users)
        for number in range(self.n_rounds):
            if number and self.refit:
                crowd = Crowd(self.run, users, embeddings=self._folded(users, taken))
            if scores is None or self.refit:
                scores = (crowd.start if policy is None else policy.scores(crowd)).copy()
                for earlier in taken:
                    _mask(scores, earlier)
            lists = crowd.best(scores, self.top)
            chosen = take(lists, self.per_round, rng)
            _mask(scores, chosen)
            shown.append(lists)
            taken.append(chosen)
        return np.stack(shown), np.stack(taken)

    def _folded(self, users: np.ndarray, taken: list[np.ndarray]) -> Tensor:
        run, seen = self.run, self.run.dataset.seen
        popularity = run.dataset.items["popularity"].to_numpy()
        rows = []
        for i, user in enumerate(users):
            own = seen.indices[seen.indptr[user] : seen.indptr[user + 1]]
            new = np.concatenate([part[i] for part in taken])
            had = np.unique(np.concatenate([own, new[new != NOTHING]])).astype(np.int64)
            if len(had):
                rows.append(recommenders.fold_in(run.config.recommender, run.recommender, had, popularity))
            else:
                rows.append(run.recommender.user_embeddings[user : user + 1])
        return torch.cat(rows)

    def _measured(self, shown: np.ndarray, taken: np.ndarray) -> list[dict[str, float]]:
        data, users = self.run.dataset, self.cohort.users
        popularity = percentiles(data.items["popularity"].to_numpy()) / 100
        ever, found = np.zeros(data.n_items, bool), []
        for number, lists in enumerate(shown):
            there = lists != NOTHING
            ever[lists[there]] = True
            had = np.concatenate(list(taken[: number + 1]), axis=1)
            # What was taken before is found, and cannot be found again.
            left = without(data.test[users], np.concatenate([had[:, :0], *taken[:number]], axis=1))
            ndcg = next(iter(accuracy_of_users(lists, left, ACCURACY_LENGTH).values()))
            found.append(
                {
                    LIST_SHARE: _mean(ratio((self.group.members[lists] & there).sum(axis=1), there.sum(axis=1))),
                    LIST_VARIETY: _mean(variety(lists, data.genre_matrix)),
                    LIST_NDCG: _mean(ndcg),
                    LIST_POPULARITY: _mean(
                        ratio(np.where(there, popularity[lists], 0.0).sum(axis=1), there.sum(axis=1))
                    ),
                    LIST_GINI: gini(np.bincount(lists[there], minlength=data.n_items)),
                    LIST_COVERAGE: float(ever.mean()),
                    CONSUMED_SHARE: _mean(
                        ratio((self.group.members[had] & (had != NOTHING)).sum(axis=1), (had != NOTHING).sum(axis=1))
                    ),
                    CONSUMED_VARIETY: _mean(variety(had, data.genre_matrix)),
                }
            )
        return found


def take(lists: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    """n different items of each list, int64 `[B, n]`, `NOTHING` where a list has fewer: drawn one after the other, an
    item being `p` times as likely as the one before it in the list.

    By the largest of log-weights with Gumbel noise, which is the same as drawing without replacement.
    """
    keys = np.log(RBO_P) * np.arange(lists.shape[1]) + rng.gumbel(size=lists.shape)
    keys = np.where(lists != NOTHING, keys, -np.inf)
    places = np.argsort(-keys, axis=1, kind="stable")[:, :n]
    chosen = np.take_along_axis(lists, places, axis=1)
    return np.pad(chosen, ((0, 0), (0, n - chosen.shape[1])), constant_values=NOTHING)


def without(matrix: csr_array, taken: np.ndarray) -> csr_array:
    """A matrix of ones `[B, N]` without the items that each row has taken, `[B, k]`."""
    there = matrix.tocoo()
    cells = there.row.astype(np.int64) * matrix.shape[1] + there.col
    rows = np.arange(len(taken), dtype=np.int64)[:, None] * matrix.shape[1]
    kept = ~np.isin(cells, np.where(taken != NOTHING, rows + taken, -1))
    return csr_array((there.data[kept], (there.row[kept], there.col[kept])), shape=matrix.shape)


def _mask(scores: np.ndarray, taken: np.ndarray) -> None:
    users, places = np.nonzero(taken != NOTHING)
    scores[users, taken[users, places]] = -np.inf


def _mean(values: np.ndarray) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else float("nan")
