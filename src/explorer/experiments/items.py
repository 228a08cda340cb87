"""Promote or demote an item by its neurons, and see whom it reaches (paper, section 5: exposure).

    q' = q + l · s_item · (Δz W_dec)

The base model and everybody else's embedding stay as they are, so only this item's scores change. Whether it is in a
user's list then depends on one number per user, the score of the last item of the list, which is found once for a run.
Users who have already seen the item cannot get it and are not counted.

Shapes: U users, N items, n neurons, L the length of the lists.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from explorer.errors import UserError, listed, quoted, shortened
from explorer.measures import SHOWN_LENGTH
from explorer.ratio import ratio
from explorer.recommenders import NOTHING
from explorer.runs import Run
from explorer.steering.edits import AnyEdit, ConceptEdit, changes_of
from explorer.steering.ranking import best_rows
from explorer.text import percent

MAX_CELLS = 64_000_000
"""Scores that are kept: of more users × items, some users stand for all."""
MAX_CELLS_BY_MODEL = 20_000_000
"""The same where a score is not a dot product and takes many times as long."""
ITEM_DOSES = (-0.5, 0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 3.0)
"""Values of one neuron, in units, over which its effect is shown; 1 is the strongest item."""
_USERS_AT_ONCE = 256
_MAX_TITLES = 3


def item_units(run: Run) -> np.ndarray:
    """The unit of each neuron of an item, float32 `[n]`: its largest activation on any item (on any user if it fires
    on no item; 1 if it never fires)."""
    neurons = run.index.neurons
    unit = neurons["max_items"].where(neurons["max_items"] > 0, neurons["max_users"])
    return unit.where(unit > 0, 1.0).to_numpy(np.float32)


def users_counted(run: Run) -> np.ndarray:
    """Row numbers of the users whose lists are looked at: all, or as many at random as can be held."""
    cells = MAX_CELLS if run.recommender.dot_product else MAX_CELLS_BY_MODEL
    n_users, n_items = run.recommender.n_users, run.recommender.n_items
    most = max(1, cells // n_items)
    if n_users <= most:
        return np.arange(n_users)
    return np.sort(np.random.default_rng(run.config.seed).choice(n_users, most, replace=False))


class Exposure:
    """What is computed once for a run and a length of lists, whichever item is promoted then. Read-only but for what it
    remembers."""

    def __init__(self, run: Run, top: int = SHOWN_LENGTH, users: np.ndarray | None = None):
        """users: row numbers, ascending; None for `users_counted`."""
        if top < 1:
            raise UserError(f"The length of the lists is {top}; it must be at least 1.")
        self.run, self.top = run, top
        self.users = users_counted(run) if users is None else np.asarray(users, np.int64)
        self.scores = _masked_scores(run, self.users)
        """The recommender's own, float32 `[U, N]`; −∞ where the user has seen the item."""
        self.best = _best(self.scores, top + 1)
        """The L + 1 best items of each user, best first, int64 `[U, L + 1]`; `NOTHING` where there are no more."""
        self._own_ranks: tuple[int, np.ndarray] | None = None

    def values(self, item: int) -> np.ndarray:
        """The item's neurons in units, float64 `[n]`."""
        code = self.run.reconstruction.item_activations[item].numpy().astype(np.float64)
        return code / item_units(self.run).astype(np.float64)

    def changes(self, item: int, edits: Iterable[AnyEdit]) -> dict[int, float]:
        """By how much each edited neuron of the item changes, in units, ascending."""
        edits = list(edits)
        for edit in edits:
            if isinstance(edit, ConceptEdit):
                raise UserError(f"{edit.what} is a knob of users; of {self.run.dataset.nouns.items}, set neurons.")
        return changes_of(edits, self.values(item), item_units(self.run), {})

    def item_scores(self, item: int, changes: Mapping[int, float], rows: np.ndarray) -> np.ndarray:
        """Scores of the changed item for some users (positions in `users`), float32 `[len(rows)]`; −∞ for those who
        have seen it."""
        return self.moved_scores(item, self.shift(item, changes), rows) if changes else self.scores[rows, item]

    @torch.inference_mode()
    def moved_scores(self, item: int, shift: Tensor, rows: np.ndarray) -> np.ndarray:
        """The same with the item's embedding moved by `[1, d]`."""
        own, model, users = self.scores[rows, item], self.run.recommender, torch.from_numpy(self.users[rows])
        if model.dot_product:
            # Added to the score there is: a product of another shape may round differently, and no change must be none.
            return (own.astype(np.float64) + (model.user_embeddings[users] @ shift[0]).double().numpy()).astype(
                np.float32
            )
        q, column = model.item_embeddings[item : item + 1] + shift, torch.tensor([item])
        parts = [model.score(model.user_embeddings[part], q, part, column)[:, 0] for part in users.split(4096)]
        return np.where(np.isneginf(own), own, torch.cat([*parts, torch.empty(0)]).numpy())

    def shift(self, item: int, changes: Mapping[int, float]) -> Tensor:
        """By how much changes of an item's neurons (units) move its embedding, `[1, d]`."""
        sae = self.run.sae
        dz = torch.zeros(1, sae.n)
        for neuron, change in changes.items():
            dz[0, neuron] = change * float(item_units(self.run)[neuron])
        return sae.shift(dz, "item", sae.lengths(self.run.recommender.item_embeddings[item : item + 1], "item"))

    def ranks(self, item: int, scores: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """The item's rank (from 1) among the unseen items of some users (positions) if it had these scores, int64
        `[len(rows)]`; equal scores by row number, as everywhere."""
        ranks = np.empty(len(rows), np.int64)
        for start in range(0, len(rows), _USERS_AT_ONCE):
            part = slice(start, start + _USERS_AT_ONCE)
            rivals, mine = self.scores[rows[part]], scores[part, None]
            rivals[:, item] = -np.inf
            above = np.count_nonzero(rivals > mine, axis=1)
            ranks[part] = 1 + above + np.count_nonzero(rivals[:, :item] == mine, axis=1)
        return ranks

    def own_ranks(self, item: int, rows: np.ndarray) -> np.ndarray:
        """The item's rank for some users (positions) as it is, int64 `[len(rows)]`; remembered for the last item."""
        known = self._own_ranks
        if known is None or known[0] != item:
            everybody = np.arange(len(self.users))
            known = self._own_ranks = item, self.ranks(item, self.scores[:, item], everybody)
        return known[1][rows]

    def in_list(self, item: int, scores: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """Whether the item would be in the lists of some users (positions) with these scores, `[len(rows)]` or
        `[len(rows), …]`; as `ranks(…) <= top`, without counting."""
        rival = self.rival(item, rows)
        least = np.where(rival == NOTHING, -np.inf, self.scores[rows, rival])
        before = item < rival
        if scores.ndim > 1:
            least, before = least[:, None], before[:, None]
        return (scores > least) | ((scores == least) & before)

    def rival(self, item: int, rows: np.ndarray) -> np.ndarray:
        """The last of the L best other items of some users (positions), which the item has to beat; `NOTHING` where
        the list has room."""
        best = self.best[rows]
        inside = (best[:, : self.top] == item).any(axis=1)
        return np.where(inside, best[:, self.top], best[:, self.top - 1])

    def positions(self, item: int, audience: np.ndarray | None = None) -> tuple[np.ndarray, int]:
        """Positions in `users` of an audience (row numbers; None for everybody) who have not seen the item, and how
        many of it have."""
        rows = np.arange(len(self.users)) if audience is None else np.flatnonzero(np.isin(self.users, audience))
        unseen = ~np.isneginf(self.scores[rows, item])
        return rows[unseen], int((~unseen).sum())


@torch.inference_mode()
def _masked_scores(run: Run, users: np.ndarray) -> np.ndarray:
    model, seen = run.recommender, run.dataset.seen[users]
    scores = np.empty((len(users), model.n_items), np.float32)
    for start in range(0, len(users), _USERS_AT_ONCE):
        rows = torch.from_numpy(users[start : start + _USERS_AT_ONCE])
        scores[start : start + len(rows)] = model.score(model.user_embeddings[rows], model.item_embeddings, rows)
    scores[np.repeat(np.arange(len(users)), np.diff(seen.indptr)), seen.indices] = -np.inf
    return scores


def _best(scores: np.ndarray, n: int) -> np.ndarray:
    """The n best columns of each row, best first, equal ones by number; `NOTHING` instead of −∞."""
    kept = min(n + 1, scores.shape[1])  # one more, to see whether the last place is shared
    values, rows = (part.numpy() for part in torch.from_numpy(scores).topk(kept, dim=1))
    best = np.full((len(scores), n), NOTHING, np.int64)
    best[:, : min(n, kept)] = np.where(np.isneginf(values), NOTHING, rows)[:, :n]
    tied = ((values[:, 1:] == values[:, :-1]) & ~np.isneginf(values[:, 1:])).any(axis=1)
    for row in np.flatnonzero(tied):
        found = best_rows(scores[row], np.flatnonzero(np.isneginf(scores[row])), n)
        best[row, : len(found)] = found
    return best


@dataclass(frozen=True, eq=False)
class Promotion:
    """Whom an item reaches before and after a change of its neurons. A reached user has it in the list."""

    exposure: Exposure
    item: int
    """Row number."""
    changes: dict[int, float]
    """Of its neurons, in units."""
    positions: np.ndarray
    """Of the users counted, in `exposure.users`."""
    seen: int
    """Users of the audience who have already seen it and are not counted."""
    before: np.ndarray
    """The item's rank for each, int64."""
    after: np.ndarray

    @property
    def users(self) -> np.ndarray:
        """Row numbers of the users counted."""
        return self.exposure.users[self.positions]

    @property
    def reached(self) -> tuple[int, int]:
        """How many users have it in their list, before and after."""
        top = self.exposure.top
        return int((self.before <= top).sum()), int((self.after <= top).sum())

    @property
    def share(self) -> tuple[float, float]:
        """The same as shares of the users counted; NaN if there is none."""
        n = len(self.positions)
        return tuple(float(ratio(count, n)) for count in self.reached)

    @property
    def median_rank(self) -> tuple[float, float]:
        """The item's, before and after; NaN if no user is counted."""
        nobody = not len(self.positions)
        return tuple(float("nan") if nobody else float(np.median(ranks)) for ranks in (self.before, self.after))

    @cached_property
    def gained(self) -> np.ndarray:
        """Which of the users counted get it only after the change, bool."""
        top = self.exposure.top
        return (self.before > top) & (self.after <= top)

    @cached_property
    def lost(self) -> np.ndarray:
        """Which had it only before."""
        top = self.exposure.top
        return (self.before <= top) & (self.after > top)

    @cached_property
    def displaced(self) -> pd.DataFrame:
        """The items that give way to it in the lists of those who gain it, most often first: `row`, `users`."""
        return self._swapped(self.gained)

    @cached_property
    def replaced_by(self) -> pd.DataFrame:
        """The items that take its place in the lists of those who lose it, most often first: `row`, `users`."""
        return self._swapped(self.lost)

    def _swapped(self, which: np.ndarray) -> pd.DataFrame:
        rival = self.exposure.rival(self.item, self.positions[which])
        rows, counts = np.unique(rival[rival != NOTHING], return_counts=True)
        order = np.lexsort((rows, -counts))
        return pd.DataFrame({"row": rows[order], "users": counts[order]})

    @cached_property
    def favourites(self) -> tuple[int, int]:
        """Held-out favourites that leave lists because of it, and lists that gain it as one."""
        users, test = self.users[self.gained], self.exposure.run.dataset.test
        rival = self.exposure.rival(self.item, self.positions[self.gained])
        lost = _stored(test, users[rival != NOTHING], rival[rival != NOTHING])
        return lost, _stored(test, users, np.full(len(users), self.item))

    @property
    def popularity(self) -> tuple[float, float]:
        """The item's own interactions in training, and the mean of the items it displaces; NaN if there is none."""
        counts = self.exposure.run.dataset.items["popularity"].to_numpy()
        table = self.displaced
        mean = ratio(counts[table["row"]] @ table["users"], table["users"].sum())
        return float(counts[self.item]), float(mean)


def _stored(matrix, users: np.ndarray, items: np.ndarray) -> int:
    return int(np.count_nonzero(matrix[users, items])) if len(users) else 0


def promote(
    exposure: Exposure, item: int, edits: Iterable[AnyEdit] = (), audience: np.ndarray | None = None
) -> Promotion:
    """Change an item's neurons and see whom it reaches.

    item: row number. edits: of neurons, in multiples of their strongest item. audience: row numbers of users; None for
    everybody.
    """
    changes = exposure.changes(item, edits)
    positions, seen = exposure.positions(item, audience)
    before = after = exposure.own_ranks(item, positions)
    if changes:
        after = exposure.ranks(item, exposure.item_scores(item, changes, positions), positions)
    return Promotion(exposure, item, changes, positions, seen, before, after)


def reach_sentence(promotion: Promotion) -> str:
    """`Now in the lists of 227 of 5,510 users, 4% instead of 1%: 150 gain it, 3 lose it. It displaces mostly …`"""
    n, (before, after), (share_before, share_after) = len(promotion.positions), promotion.reached, promotion.share
    dataset = promotion.exposure.run.dataset
    if not n and not promotion.seen:
        return "No user of this audience is among those who are counted."
    if not n:
        return f"Every user of this audience has already seen this {dataset.nouns.item}."
    if not promotion.changes:
        return f"In the lists of {before:,} of {n:,} users, {percent(share_before)}."
    gained, lost = int(promotion.gained.sum()), int(promotion.lost.sum())
    if not gained and not lost:
        return f"In the lists of the same {before:,} of {n:,} users, {percent(share_before)}."
    sentence = (
        f"Now in the lists of {after:,} of {n:,} users, {percent(share_after)} instead of {percent(share_before)}: "
        f"{gained:,} gain it, {lost:,} lose it."
    )
    displaced, verb = (promotion.displaced, "displaces") if gained >= lost else (promotion.replaced_by, "gives way to")
    titles = [shortened(title) for title in dataset.items["title"].iloc[displaced["row"].head(_MAX_TITLES)]]
    return f"{sentence} It {verb} mostly {', '.join(titles)}." if titles else sentence


def item_sweep(
    exposure: Exposure,
    item: int,
    neuron: int,
    edits: Iterable[AnyEdit] = (),
    audience: np.ndarray | None = None,
    doses: Iterable[float] = ITEM_DOSES,
) -> pd.DataFrame:
    """Whom the item reaches with one neuron set to each of some values, beside what else is changed: `dose`, `users`
    (who have it in their list) and `share` (of those counted)."""
    positions, _ = exposure.positions(item, audience)
    others = {k: change for k, change in exposure.changes(item, edits).items() if k != neuron}
    own, rows = exposure.values(item)[neuron], []
    for dose in doses:
        changes = dict(sorted({**others, neuron: dose - own}.items()))
        reached = exposure.in_list(item, exposure.item_scores(item, changes, positions), positions)
        rows.append({"dose": float(dose), "users": int(reached.sum())})
    table = pd.DataFrame(rows, columns=["dose", "users"])
    return table.assign(share=ratio(table["users"], len(positions)))


def reach_by_audience(
    exposure: Exposure, item: int, edits: Iterable[AnyEdit], audiences: Mapping[str, np.ndarray | None]
) -> pd.DataFrame:
    """Which share of several audiences (row numbers of users) the item reaches before and after a change: `audience`,
    `before`, `after`, and `users`, those counted. Audiences of which nobody is counted are left out."""
    everybody, _ = exposure.positions(item)
    changes, own = exposure.changes(item, edits), exposure.scores[everybody, item]
    before = exposure.in_list(item, own, everybody)
    after = exposure.in_list(item, exposure.item_scores(item, changes, everybody), everybody)
    rows = []
    for name, users in audiences.items():
        there = slice(None) if users is None else np.isin(exposure.users[everybody], users)
        if n := len(before[there]):
            rows.append({"audience": name, "before": before[there].mean(), "after": after[there].mean(), "users": n})
    return pd.DataFrame(rows, columns=["audience", "before", "after", "users"])


def little_shown_item(exposure: Exposure, most: float = 0.05) -> int:
    """The most popular item that at most a small share of the users has in the list: one worth promoting."""
    best = exposure.best[:, : exposure.top]
    shown = np.bincount(best[best != NOTHING], minlength=exposure.run.dataset.n_items)
    popularity = exposure.run.dataset.items["popularity"].to_numpy()
    rare = np.flatnonzero(shown <= most * len(exposure.users))
    rows = rare if len(rare) else np.arange(len(shown))
    return int(rows[popularity[rows].argmax()])


@torch.inference_mode()
def neuron_reach(exposure: Exposure, item: int, audience: np.ndarray | None = None, value: float = 1.0) -> np.ndarray:
    """How many users of an audience would have the item in their list if one of its neurons were set to a value, for
    every neuron, int64 `[n]`; of dot products only."""
    run = exposure.run
    if not run.recommender.dot_product:
        raise UserError("What each neuron would reach is known of dot products only.")
    positions, _ = exposure.positions(item, audience)
    change = value - exposure.values(item)
    length = float(run.sae.lengths(run.recommender.item_embeddings[item : item + 1], "item"))
    steps = run.sae.W_dec * torch.from_numpy(
        (change * length * float(run.sae.scale[1]) * item_units(run)).astype(np.float32)
    ).unsqueeze(1)
    reached = np.zeros(run.sae.n, np.int64)
    for start in range(0, len(positions), 4 * _USERS_AT_ONCE):
        part = positions[start : start + 4 * _USERS_AT_ONCE]
        moves = run.recommender.user_embeddings[exposure.users[part]] @ steps.T
        scores = exposure.scores[part, item].astype(np.float64)[:, None] + moves.double().numpy()
        reached += exposure.in_list(item, scores.astype(np.float32), part).sum(axis=0)
    return reached


def find_item(run: Run, text: str) -> int:
    """Row number of an item by its id, by its title, whatever the case, or by a part of the title that no other has."""
    items, nouns = run.dataset.items, run.dataset.nouns
    same = np.flatnonzero(items["item_id"].astype(str) == text)
    found = find_items(run, text) if text.strip() else same
    if not len(same):
        titles = items["title"].iloc[found].astype(str).str.casefold()
        same = found[(titles == text.strip().casefold()).to_numpy()]
    if not len(same) and len(found) == 1:
        same = found
    if len(same) == 1:
        return int(same[0])
    if not len(found):
        raise UserError(f"No {nouns.item} has the id or the title {quoted(text)}.")
    pairs = zip(items["title"].iloc[found], items["item_id"].iloc[found], strict=True)
    some = listed([f"{shortened(title)} has {item}" for title, item in pairs], 3)
    raise UserError(f"More than one {nouns.item} has {quoted(text)} in its title: {some}; give the id of one.")


def find_items(run: Run, words: str, n: int = 20) -> np.ndarray:
    """Row numbers of at most n items whose titles contain the words literally, whatever the case: those that begin with
    them first, then the most popular."""
    words = words.strip()
    items = run.dataset.items
    if not words:
        return items["popularity"].to_numpy().argsort(kind="stable")[::-1][:n]
    titles = items["title"].astype(str)
    found = np.flatnonzero(titles.str.contains(words, case=False, regex=False).to_numpy())
    texts = titles.iloc[found].str.casefold()
    begins = texts.str.startswith(words.casefold()).to_numpy()
    exact = (texts == words.casefold()).to_numpy()
    order = np.lexsort((found, -items["popularity"].to_numpy()[found], ~begins, ~exact))
    return found[order[:n]]
