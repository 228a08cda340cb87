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
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
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
_SAMPLE = 48
"""Ranked items that are encoded to find some on which a neuron fires weakly."""
_NO_YEAR = 50.0
"""What a missing year counts as, in percentiles."""
_CANDIDATES = 8, 128
"""Nearest items that are encoded to find one on which the neuron does not fire: at first, and if it fires on all of
them. A neuron that fires on the second ones as well is hardly silent on anything alike."""


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
    neuron = run.neuron(neuron)
    strongest = run.index.strongest_items(neuron, POOL)["row"].to_numpy()
    if len(strongest) < SHOWN:
        return NoQuestion("intruder", neuron, _too_few(run, neuron, len(strongest)))
    rng = np.random.default_rng([seed, neuron])
    drawn = rng.permutation(strongest)
    shown = drawn[:SHOWN]
    model = drawn[SHOWN] if len(drawn) > SHOWN else rng.choice(shown)
    found = _match(run, _Activations(run, neuron), np.array([model]))
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
    rng = np.random.default_rng([seed, neuron])
    activations = _Activations(run, neuron)
    rows = activations.firing(rng)
    rows = rows[~_titles_in(run, rows, name)]
    if len(rows) < SHOWN:
        return NoQuestion("forward", neuron, _too_few(run, neuron, len(rows)))
    shown = _across_the_range(rows, activations.of(rows), rng)
    found = _match(run, activations, shown, name)
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


class _Activations:
    """A neuron's activations on items, encoded where the index does not have them."""

    def __init__(self, run: Run, neuron: int):
        self.run, self.neuron = run, neuron
        top = run.index.strongest_items(neuron, run.config.neurons.top)
        examples = run.index.examples
        stored = pd.concat([top, examples[examples["neuron"] == neuron]])
        self._known: dict[int, float] = dict(zip(stored["row"].tolist(), stored["activation"].tolist(), strict=True))
        self._complete = len(top) < run.config.neurons.top

    def of(self, rows: np.ndarray) -> np.ndarray:
        """On some items, `[M]`."""
        new = np.array([row for row in dict.fromkeys(rows.tolist()) if row not in self._known], int)
        if len(new):
            with torch.inference_mode():
                z = self.run.sae.encode(self.run.recommender.item_embeddings[torch.from_numpy(new)], "item")
            self._known |= dict(zip(new.tolist(), z[:, self.neuron].tolist(), strict=True))
        return np.array([self._known[row] for row in rows.tolist()])

    def firing(self, rng: np.random.Generator) -> np.ndarray:
        """Rows of ranked items on which it fires, from its strongest to weak ones: those of the index, and of a random
        sample where it does not have them all."""
        rows = np.array(sorted(self._known), int)
        if not self._complete:
            ranked = np.flatnonzero(self.run.dataset.ranked(self.run.config.neurons.min_support))
            rows = np.union1d(rows, rng.permutation(ranked)[:_SAMPLE])
        return rows[self.of(rows) > 0]


@dataclass(frozen=True)
class _Found:
    """Items on which a neuron does not fire, and how far they are from those they are matched to."""

    rows: np.ndarray
    popularity_gap: float
    year_gap: float | None


def _match(run: Run, activations: _Activations, models: np.ndarray, name: str = "") -> _Found | str:
    """For each of some ranked items the nearest one on which the neuron does not fire, none twice; why there is none
    in a sentence. What the neuron's name gives away is left out."""
    ranked = np.flatnonzero(run.dataset.ranked(run.config.neurons.min_support))
    items = run.dataset.items.iloc[ranked]
    titles = items["title"].astype(str).str.casefold().to_numpy()
    places = np.searchsorted(ranked, models)
    gaps = _gaps(items, places)
    # A missing year says nothing; where the item itself has one, others with one do better.
    unknown = np.where(np.isnan(gaps.year).all(axis=1), 0.0, _NO_YEAR)[:, None]
    distance = np.hypot(gaps.popularity, np.where(np.isnan(gaps.year), unknown, gaps.year))
    distance[np.fmax(gaps.popularity, gaps.year) > MAX_DISTANCE] = np.inf
    near = [
        order[np.isfinite(of[order])] for of, order in zip(distance, np.argsort(distance, kind="stable"), strict=True)
    ]
    # The nearest of all of them at once, which is faster than one after the other.
    activations.of(ranked[np.unique(np.concatenate([order[: _CANDIDATES[0]] for order in near]))])
    seen, chosen = set(titles[places]) - {""}, []
    for order in near:
        place = None
        for size in _CANDIDATES:
            first = order[:size]
            silent = (activations.of(ranked[first]) == 0) & ~_titles_in(run, ranked[first], name)
            place = next((i for i in first[silent].tolist() if i not in chosen and titles[i] not in seen), None)
            if place is not None:
                break
        if place is None:
            items = run.dataset.nouns.items
            return f"No {items} that are as popular and as old as its own are left on which it does not fire."
        chosen.append(place)
        seen |= {titles[place]} - {""}
    which = np.arange(len(places))
    popularity, year = gaps.popularity[which, chosen], gaps.year[which, chosen]
    return _Found(ranked[chosen], float(popularity.max()), None if np.isnan(year).all() else float(np.nanmax(year)))


class _Gaps(NamedTuple):
    """How far the ranked items are from some of them, in percentiles, `[m, M]` each; a missing year gives NaN."""

    popularity: np.ndarray
    year: np.ndarray


def _gaps(items: pd.DataFrame, places: np.ndarray) -> _Gaps:
    popularity = percentiles(items["popularity"].to_numpy())
    year = items["year"].to_numpy(float, na_value=np.nan)
    known = ~np.isnan(year)
    year[known] = percentiles(year[known])
    return _Gaps(*(np.abs(values - values[places][:, None]) for values in (popularity, year)))
