"""Tests that a person can fail: does a neuron's concept let one tell its items from others?

intruder   Six items: five drawn from the neuron's 20 strongest, and one on which it does not fire. Which is it?
           Guessing is right one time in six.
forward    Given the neuron's name, ten items: one from each fifth of its range of activation, and five on which it does
           not fire. On which does it fire? Of every guess half of the ten decisions are right.

The items that do not fire are matched: of the ranked items the ones whose popularity and year, as percentiles of the
ranked items, are nearest to those of an item that does fire. Else popularity alone would tell them apart. For the
intruder that item is a sixth one of the strongest, so that it stands out by popularity and year no more than any of
them.

The stored index holds only a neuron's strongest items, so what does not fire is found by encoding the nearest
candidates, a few rows at a time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from explorer.audit.queue import has_name
from explorer.audit.values import Audit, Trial, TrialKind, same_reviewer
from explorer.errors import UserError
from explorer.neurons.statistics import percentiles
from explorer.neurons.titles import short_title
from explorer.runs import Run

SHOWN = 5
"""Items of the neuron that are shown."""
POOL = 20
"""Of how many of the strongest those of the intruder test are drawn."""
MAX_DISTANCE = 25.0
"""How far a match may be, in percentiles of popularity and of year: further away they tell the items apart."""
_SAMPLE = 192
"""Ranked items that are encoded to find some on which a neuron fires weakly."""
_FIRST_ROWS, _MOST_ROWS = 16, 256
"""Rows that are encoded at once, at first and at most."""


@dataclass(frozen=True)
class Question:
    """A test to be answered."""

    kind: TrialKind
    neuron: int
    seed: int
    items: tuple[int, ...]
    """Rows of the items in the order shown."""
    right: tuple[int, ...]
    """Rows to be chosen: the intruder, or those on which the neuron fires."""
    chance: float
    """Expected share of correct decisions of somebody who guesses."""
    name: str
    """Of the neuron; only the forward test shows it."""
    popularity_gap: float
    """Largest distance of an item that does not fire from the one it is matched to, in percentiles of popularity."""
    year_gap: float | None
    """The same of the year; None where years are not known."""

    @property
    def asks_for(self) -> int | None:
        """How many items an answer has; None: as many as one likes."""
        return 1 if self.kind == "intruder" else None


@dataclass(frozen=True)
class NoQuestion:
    """Why there is no test of this neuron."""

    kind: TrialKind
    neuron: int
    reason: str
    """In a sentence."""


def draw(run: Run, neuron: int, kind: TrialKind, seed: int, name: str | None = None) -> Question | NoQuestion:
    """The question of a seed; `name` as for `forward`."""
    return intruder(run, neuron, seed) if kind == "intruder" else forward(run, neuron, seed, name)


def intruder(run: Run, neuron: int, seed: int) -> Question | NoQuestion:
    """Five of the neuron's strongest items and one on which it does not fire, in random order."""
    strongest = run.index.strongest_items(run.neuron(neuron), POOL)["row"].to_numpy()
    if len(strongest) < SHOWN:
        return NoQuestion("intruder", neuron, _too_few(run, neuron, len(strongest)))
    rng = np.random.default_rng(seed)
    drawn = rng.permutation(strongest)
    shown = drawn[:SHOWN]
    model = drawn[SHOWN] if len(drawn) > SHOWN else rng.choice(shown)
    found = _Matches(run, neuron, drawn).to([model])
    if isinstance(found, str):
        return NoQuestion("intruder", neuron, found)
    return _question(run, "intruder", neuron, seed, rng, shown, found, 1 / (SHOWN + 1))


def forward(run: Run, neuron: int, seed: int, name: str | None = None) -> Question | NoQuestion:
    """Five items on which the neuron fires, from weak to strong, and five on which it does not, in random order.

    name: that is shown; None: the run's, if it has one.
    """
    neuron = run.neuron(neuron)
    if name is None:
        name = run.index.neurons["label"].iloc[neuron] if has_name(run)[neuron] else ""
    if not name.strip():
        return NoQuestion("forward", neuron, "It has no name that could be tested; give it one first.")
    rng = np.random.default_rng(seed)
    rows, activations = _firing_items(run, neuron, rng)
    told = _titles_in(run, rows, name)
    rows, activations = rows[~told], activations[~told]
    if len(rows) < SHOWN:
        return NoQuestion("forward", neuron, _too_few(run, neuron, len(rows)))
    shown = _across_the_range(rows, activations, rng)
    found = _Matches(run, neuron, rows, name).to(shown)
    if isinstance(found, str):
        return NoQuestion("forward", neuron, found)
    return _question(run, "forward", neuron, seed, rng, shown, found, 0.5, name)


def answered(question: Question, reviewer: str, chosen: Sequence[int], seconds: float | None = None) -> Trial:
    """The answer to a question, scored; `AuditStore.answer` stores it.

    chosen: rows of the items that the reviewer chose.
    """
    answer = tuple(row for row in question.items if row in set(chosen))
    if len(answer) != len(chosen):
        raise UserError("The answer has items that the question did not show, or one twice; answer it again.")
    if question.asks_for is not None and len(answer) != question.asks_for:
        raise UserError("Choose one item: the one that does not belong to the others.")
    if question.kind == "intruder":
        correct, decisions = int(answer == question.right), 1
    else:
        correct = sum((row in answer) == (row in question.right) for row in question.items)
        decisions = len(question.items)
    return Trial(
        question.neuron, reviewer, question.kind, question.seed, question.items, answer, question.right, correct,
        decisions, question.chance, seconds,
    )  # fmt: skip


def next_seed(run: Run, audit: Audit, neuron: int, reviewer: str, kind: TrialKind) -> int:
    """The seed of the next question: another one for every run, neuron, reviewer, kind and try, the same whenever it is
    asked for. It fits a column of 32 bits."""
    tries = sum(
        one.neuron == neuron and one.kind == kind and same_reviewer(one.reviewer, reviewer) for one in audit.trials
    )
    text = "\0".join([run.digest, str(neuron), reviewer.casefold(), kind, str(tries)])
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4]) >> 1


def _question(run, kind, neuron, seed, rng, shown, found: _Found, chance: float, name: str | None = None) -> Question:
    items = rng.permutation(np.concatenate([shown, found.rows]))
    right = set((found.rows if kind == "intruder" else shown).tolist())
    return Question(
        kind,
        neuron,
        seed,
        tuple(items.tolist()),
        tuple(row for row in items.tolist() if row in right),
        chance,
        run.index.neurons["label"].iloc[neuron] if name is None else name,
        found.popularity_gap,
        found.year_gap,
    )


def _too_few(run: Run, neuron: int, count: int) -> str:
    nouns = run.dataset.nouns
    if not run.index.neurons["max_activation"].iloc[neuron] > 0:
        return "It never fires."
    if not count:
        return f"It fires on no {nouns.item} that has enough users to be ranked."
    return f"It fires on {nouns.count_items(count)} only; the test needs {SHOWN}."


def _firing_items(run: Run, neuron: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Rows of ranked items on which a neuron fires, from its strongest to weak ones, and their activations."""
    top = run.index.strongest_items(neuron, run.config.neurons.top)
    known = dict(zip(top["row"].tolist(), top["activation"].tolist(), strict=True))
    if len(known) == run.config.neurons.top:  # else these are all on which it fires
        ranked = np.flatnonzero(run.dataset.ranked(run.config.neurons.min_support))
        sample = np.sort(rng.permutation(ranked)[:_SAMPLE])
        encoded = _encode(run, neuron, sample)
        known |= {
            row: z for row, z in zip(sample.tolist(), encoded.tolist(), strict=True) if z > 0 and row not in known
        }
    rows = np.array(sorted(known), int)
    return rows, np.array([known[row] for row in rows.tolist()])


def _across_the_range(rows: np.ndarray, activations: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Five of the rows: one from each fifth of the range of activation, or the nearest to it that is left."""
    chosen: list[int] = []
    share = activations / activations.max()
    for fifth in range(SHOWN):
        distance = np.maximum(np.maximum(fifth / SHOWN - share, share - (fifth + 1) / SHOWN), 0)
        distance[chosen] = np.inf
        chosen.append(int(rng.choice(np.flatnonzero(distance == distance.min()))))
    return rows[chosen]


def _titles_in(run: Run, rows: np.ndarray, name: str) -> np.ndarray:
    """Which of the items are named in the neuron's name, bool: they would be given away."""
    text = name.casefold()
    titles = (short_title(run.dataset.items["title"].iloc[row]).rstrip("…") for row in rows)
    return np.array([len(title) > 3 and title.casefold() in text for title in titles], bool)


@torch.inference_mode()
def _encode(run: Run, neuron: int, rows: np.ndarray) -> np.ndarray:
    """Activations of a neuron on some items, `[M]`."""
    x = run.recommender.item_embeddings[torch.from_numpy(rows)]
    return run.sae.encode(x, "item")[:, neuron].numpy()


@dataclass(frozen=True)
class _Found:
    rows: np.ndarray
    popularity_gap: float
    year_gap: float | None


class _Matches:
    """Ranked items on which a neuron does not fire, by how near they are to one on which it does."""

    def __init__(self, run: Run, neuron: int, fires: np.ndarray, name: str = ""):
        """fires: rows that are known to fire."""
        self.run, self.neuron, self.name = run, neuron, name
        self.ranked = np.flatnonzero(run.dataset.ranked(run.config.neurons.min_support))
        items = run.dataset.items.iloc[self.ranked]
        self.popularity = percentiles(items["popularity"].to_numpy())
        years = items["year"].to_numpy(float, na_value=np.nan)
        self.year = np.full(len(years), np.nan)
        known = ~np.isnan(years)
        self.year[known] = percentiles(years[known])
        self.titles = items["title"].astype(str).str.casefold().to_numpy()
        self.silent: dict[int, bool] = dict.fromkeys(np.flatnonzero(np.isin(self.ranked, fires)).tolist(), False)

    def to(self, models: Sequence[int]) -> _Found | str:
        """For each of some ranked items its own match; why there is none in a sentence."""
        places = np.searchsorted(self.ranked, models)
        taken, gaps = [], []
        titles = set(self.titles[places])
        for place in places:
            popularity = np.abs(self.popularity - self.popularity[place])
            year = np.abs(self.year - self.year[place])
            # A missing year says nothing; where the item itself has one, others with one do better.
            distance = np.hypot(popularity, np.where(np.isnan(year), 0 if np.isnan(self.year[place]) else 50.0, year))
            found = next(
                (
                    i
                    for i in self._not_firing(np.argsort(distance, kind="stable"))
                    if i not in taken and self.titles[i] not in titles
                ),
                None,
            )
            if found is None or max(popularity[found], np.nan_to_num(year[found])) > MAX_DISTANCE:
                items = self.run.dataset.nouns.items
                return f"No {items} that are as popular and as old as its own are left on which it does not fire."
            taken.append(found)
            titles.add(self.titles[found])
            gaps.append((popularity[found], year[found]))
        gap, year_gap = np.array(gaps).T
        known = year_gap[~np.isnan(year_gap)]
        return _Found(self.ranked[taken], float(gap.max()), float(known.max()) if len(known) else None)

    def _not_firing(self, order: np.ndarray) -> Iterator[int]:
        """Places in `ranked` of the items on which the neuron does not fire, in an order."""
        start, size = 0, _FIRST_ROWS
        while start < len(order):
            chunk = order[start : start + size]
            unknown = np.array([i for i in chunk.tolist() if i not in self.silent], int)
            if len(unknown):
                rows = self.ranked[unknown]
                quiet = (_encode(self.run, self.neuron, rows) == 0) & ~_titles_in(self.run, rows, self.name)
                self.silent |= dict(zip(unknown.tolist(), quiet.tolist(), strict=True))
            yield from (i for i in chunk.tolist() if self.silent[i])
            start, size = start + size, min(2 * size, _MOST_ROWS)
