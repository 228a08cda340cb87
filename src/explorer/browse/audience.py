"""Whom an item is recommended to: who they are by what they have had, and which neurons bring it to them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch

from explorer.browse.codes import MAX_USERS, codes_of, crowd_of
from explorer.data import Nouns
from explorer.experiments.items import Exposure
from explorer.people.histories import histories_of
from explorer.ratio import ratio
from explorer.runs import Run
from explorer.steering.person import person_of, score_person
from explorer.text import number, percent

N_USERS = 8
"""Users who are shown."""
N_NEURONS = 8
MIN_LIFT = 1.25
"""How many times the average user's share of a facet is worth saying."""
_MAX_AVERAGED = 200
"""Users over whom a neuron's part is averaged."""


@dataclass(frozen=True, eq=False)
class Audience:
    """The users who have an item in their lists, of those who are counted and have not had it."""

    item: int
    top: int
    """Length of the lists."""
    users: np.ndarray
    """Row numbers of those who have it, the best rank first, int64."""
    ranks: np.ndarray
    """Its rank in their lists, from 1."""
    counted: int
    had: int
    """Users who have had it already and cannot get it."""
    drawn: bool
    """Whether users drawn at random stand for all."""
    facets: pd.DataFrame
    """Of their histories: `name`, `share`, `average` (of all users), the largest differences first."""
    neurons: pd.DataFrame
    """What brings it to them: `neuron`, `label`, `part` (mean over them of what it adds to the score), `average` (the
    same over all users) and `difference`, the largest first."""

    def sentence(self, nouns: Nouns) -> str:
        """`In the top 20 of 227 of 5,510 users, 4%; in their histories more Horror (34%, the average user 6%).`"""
        if not self.counted:
            return f"All users who are counted have had this {nouns.item}, so nobody gets it."
        n = len(self.users)
        share = percent(n / self.counted)
        if not n:
            return f"None of {self.counted:,} user{'' if self.counted == 1 else 's'} has it in the top {self.top}."
        said = f"In the top {self.top} of {n:,} of {self.counted:,} user{'' if self.counted == 1 else 's'}, {share}"
        apart = self.facets[(self.facets["share"] >= MIN_LIFT * self.facets["average"])]
        if apart.empty:
            return f"{said}."
        first = apart.iloc[0]
        more = f"more {first['name']} ({percent(first['share'])}, the average user {percent(first['average'])})"
        return f"{said}; in their histories {more}."


def audience_of(run: Run, exposure: Exposure, item: int) -> Audience:
    """Of an item (row number) in the lists that are counted."""
    lists = exposure.best[:, : exposure.top]
    positions, ranks = np.nonzero(lists == item)
    order = np.lexsort((positions, ranks))
    users, ranks = exposure.users[positions[order]], ranks[order] + 1
    unseen, had = exposure.positions(item)
    return Audience(
        item=item,
        top=exposure.top,
        users=users,
        ranks=ranks,
        counted=len(unseen),
        had=had,
        drawn=len(exposure.users) < run.dataset.n_users,
        facets=_facets(run, users),
        neurons=_neurons(run, users, item),
    )


def _facets(run: Run, users: np.ndarray) -> pd.DataFrame:
    groups = histories_of(run).facets
    totals = groups.totals[users]
    shares = ratio(groups.counts[users].toarray(), totals[:, None])
    known = shares[totals > 0]
    share = known.mean(axis=0) if len(known) else np.full(len(groups.names), np.nan)
    table = pd.DataFrame({"name": list(groups.names), "share": share, "average": groups.average})
    table = table.dropna().assign(apart=lambda each: each["share"] - each["average"])
    return table.sort_values("apart", ascending=False, ignore_index=True).drop(columns="apart")


def main_facets(run: Run, users: np.ndarray) -> list[str | None]:
    """The most frequent facet in the history of each of some users (row numbers); None where there is none."""
    groups = histories_of(run).facets
    if not groups.names:
        return [None] * len(users)
    counts = groups.counts[users].toarray()
    best = counts.argmax(axis=1)
    return [groups.names[k] if row[k] > 0 else None for row, k in zip(counts, best, strict=True)]


def _neurons(run: Run, users: np.ndarray, item: int) -> pd.DataFrame:
    columns = ["neuron", "label", "part", "average", "difference"]
    if not len(users):
        return pd.DataFrame(columns=columns)
    crowd = crowd_of(run)
    theirs = mean_parts(run, _some(users, run.config.seed), item)
    average = mean_parts(run, _some(crowd.users, run.config.seed), item)
    difference = theirs - average
    best = np.argsort(-difference, kind="stable")[:N_NEURONS]
    best = best[difference[best] > 0]
    labels = run.index.neurons["label"].to_numpy()[best]
    values = {"part": theirs[best], "average": average[best], "difference": difference[best]}
    return pd.DataFrame({"neuron": best, "label": labels, **values}, columns=columns)


def _some(users: np.ndarray, seed: int) -> np.ndarray:
    if len(users) <= _MAX_AVERAGED:
        return users
    return np.random.default_rng(seed).choice(users, _MAX_AVERAGED, replace=False)


@torch.inference_mode()
def mean_parts(run: Run, users: np.ndarray, item: int) -> np.ndarray:
    """What each neuron adds to the score of an item, mean over some users (row numbers), float64 `[n]`: its exact part
    for dot products, else what switching it off takes away."""
    model, sae = run.recommender, run.sae
    codes = torch.from_numpy(codes_of(run, "user", users)).double() * sae.rebuilding()
    x = model.user_embeddings[torch.from_numpy(users)]
    scale = sae.lengths(x, "user").double() * sae.scale[0].double()
    if model.dot_product:
        along = sae.W_dec.double() @ model.item_embeddings[item].double()
        return ((scale * codes).mean(dim=0) * along).numpy()
    sums, only = torch.zeros(sae.n, dtype=torch.double), torch.tensor([item])
    for row, user in enumerate(users.tolist()):
        active = torch.nonzero(codes[row])[:, 0]
        steps = (scale[row] * codes[row, active, None] * sae.W_dec[active]).float()
        rows = torch.cat([x[row : row + 1], x[row : row + 1] - steps])
        scores = score_person(run, person_of(run, user), rows, only)[:, 0].double()
        sums[active] += scores[0] - scores[1:]
    return (sums / max(len(users), 1)).numpy()


def likeliest_user(run: Run, item: int) -> int:
    """Row number of the user to whom the recommender gives an item the highest score, of those who have not had it (of
    all if everybody has): who is shown with it unless another one is asked for. Of very many users or costly scores,
    the one among some."""
    n, model = run.recommender.n_users, run.recommender
    most = n if model.dot_product else MAX_USERS
    users = np.arange(n) if n <= most else np.linspace(0, n - 1, most).astype(np.int64)
    return int(users[_scores_of(run, users, item).argmax()])


@torch.inference_mode()
def _scores_of(run: Run, users: np.ndarray, item: int) -> np.ndarray:
    """Scores of one item for some users; −∞ for those who have had it, unless that is all of them."""
    model, rows = run.recommender, torch.from_numpy(users)
    only = torch.tensor([item])
    scores = model.score(model.user_embeddings[rows], model.item_embeddings[only], rows, only)[:, 0].numpy().copy()
    had = run.dataset.seen[users][:, [item]].toarray()[:, 0] > 0
    if not had.all():
        scores[had] = -np.inf
    return scores


def standing(exposure: Exposure, item: int) -> tuple[int, int, float] | None:
    """For an item that no list has: the user (row number) whom it comes nearest to, its rank there, and its median
    rank; None if everybody counted has had it."""
    positions, _ = exposure.positions(item)
    if not len(positions):
        return None
    ranks = exposure.own_ranks(item, positions)
    best = int(ranks.argmin())
    return int(exposure.users[positions[best]]), int(ranks[best]), float(np.median(ranks))


def standing_sentence(rank: int, median: float) -> str:
    """`It comes nearest at rank 57; its median rank is 1,204.`"""
    return f"It comes nearest at rank {rank:,}; its median rank is {number(median, '{:,.0f}')}."
