"""Search neurons: by what they are called, by items and users on which they fire, and by items that they raise or
lower.

An item or a user is encoded when it is asked for, one row after the other, so that a neuron is found by any item and
not only by its strongest ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd
import torch

from explorer.data.nouns import Nouns
from explorer.errors import UserError, shortened
from explorer.runs import Run
from explorer.text import percent

Where = Literal["everything", "names", "items", "users", "raises", "lowers"]
WHERE: tuple[Where, ...] = get_args(Where)
MAX_ITEMS = 20
"""Items of a search that are encoded, the most popular of those whose title matches."""
MAX_EFFECT_ITEMS = 5
"""Items whose raising and lowering neurons are looked for."""
EFFECT_SHARE = 0.25
"""Of the strongest neuron's effect on an item: those with less are not said to raise or lower it."""
CLEAR_SHARE = 0.25
"""Of its range that a neuron has to reach on an item or a user for a search of everything to show it."""
MAX_WORDS = 200
"""Characters of a search."""
_SHOWN = 2
"""Items that a reason names."""
_SNIPPET = 40
_EXACT, _CALLED, _WRITTEN = 3.0, 2.0, 1.5
"""Scores of a name that is what was asked for, one that has it in it, and a note; strengths are at most 1."""


@dataclass(frozen=True)
class Found:
    """What a search found.

    neurons: best first.
    score: 2 or more for a name, else the share of its range that the neuron reaches, or of the strongest effect.
    why: a few words each.
    notes: sentences about the search as a whole.
    """

    neurons: np.ndarray
    score: np.ndarray
    why: list[str]
    notes: list[str]


def where_words(nouns: Nouns) -> dict[Where, str]:
    """Where a search looks, as a choice shows it."""
    return {
        "everything": "Everything",
        "names": "Names and notes",
        "items": nouns.items.capitalize(),
        "users": "Users",
        "raises": f"Raises {nouns.item}",
        "lowers": f"Lowers {nouns.item}",
    }


def search(run: Run, table: pd.DataFrame, words: str, where: Where = "everything") -> Found | None:
    """The neurons that a text finds; None if there is no text.

    table: `neuron_table`.
    where: in names (own and proposed), notes and tags; in the items with that title; for the user with that id; or
        among what a neuron does to the scores of such items. `everything` is the first three, and of items and users
        only those on which a neuron reaches a quarter of its range.
    """
    words = " ".join(words.split())[:MAX_WORDS]
    if not words:
        return None
    if where not in WHERE:
        raise UserError(f"There is no place “{shortened(where)}” to search; choose {', '.join(WHERE)}.")
    best = _Best(len(table))
    notes: list[str] = []
    if where in ("everything", "names"):
        _names(best, table, words)
        notes += _facet_note(run, words)
    if where in ("everything", "items"):
        notes += _items(best, run, words, only=where == "items")
    if where in ("everything", "users"):
        notes += _user(best, run, words, only=where == "users")
    if where in ("raises", "lowers"):
        notes += _effects(best, run, words, where)
    return best.found(notes)


class _Best:
    """The best reason of each neuron."""

    def __init__(self, n: int):
        self.score, self.why = np.zeros(n), [""] * n

    def add(self, neuron: int, score: float, why: str) -> None:
        if score > self.score[neuron]:
            self.score[neuron], self.why[neuron] = score, why

    def found(self, notes: list[str]) -> Found:
        order = np.argsort(-self.score, kind="stable")
        order = order[self.score[order] > 0]
        return Found(order, self.score[order], [self.why[neuron] for neuron in order], notes)


# --- names


def _names(best: _Best, table: pd.DataFrame, words: str) -> None:
    asked = words.casefold()
    columns = (table[name].tolist() for name in ("label", "proposed", "notes", "tags"))
    for neuron, (label, proposed, note, tags) in enumerate(zip(*columns, strict=True)):
        called = [("Name", label)] + ([("Proposed name", proposed)] if proposed != label else [])
        for what, name in called:
            if asked in (text := name.casefold()):
                best.add(neuron, _EXACT if text == asked else _CALLED + 0.1 * text.startswith(asked), what)
        if tag := next((tag for tag in tags if asked in tag.casefold()), None):
            best.add(neuron, _WRITTEN + 0.1, f"Tag: {shortened(tag, _SNIPPET)}")
        if note and asked in note.casefold():
            best.add(neuron, _WRITTEN, f"Note: {_around(note, asked)}")
    number = words.removeprefix("#")
    if number.isascii() and number.isdecimal() and len(number) < 9 and int(number) < len(table):
        best.add(int(number), _EXACT + 1, "Number")


def _facet_note(run: Run, words: str) -> list[str]:
    facet = next((one for one in run.dataset.genres if one.casefold() == words.casefold()), None)
    if facet is None:
        return []
    return [f"{facet} is a {run.dataset.nouns.facet}; the filter “About” has the neurons that stand for it."]


def _around(note: str, asked: str) -> str:
    """The part of a note that has what was asked for."""
    note = " ".join(note.split())
    place = note.casefold().find(asked)
    start = 0 if place + len(asked) <= _SNIPPET else max(0, place - _SNIPPET // 3)
    return ("…" if start else "") + shortened(note[start:], _SNIPPET)


# --- items and users on which they fire


def _items(best: _Best, run: Run, words: str, only: bool) -> list[str]:
    rows, many = matching_items(run, words, MAX_ITEMS)
    nouns = run.dataset.nouns
    if not len(rows):
        return [f"No {nouns.item} has “{words}” in its title."] if only else []
    shares = _shares(run, rows, "item")
    titles = run.dataset.items["title"].iloc[rows].astype(str).tolist()
    for neuron in np.flatnonzero((shares > 0 if only else shares >= CLEAR_SHARE).any(axis=0)):
        own = shares[:, neuron]
        first = np.argsort(-own, kind="stable")[: (own > 0).sum()]
        told = [f"{shortened(titles[i], _SNIPPET)} {percent(own[i])}" for i in first[:_SHOWN]]
        rest = [f"{len(first) - _SHOWN} more"] if len(first) > _SHOWN else []
        best.add(int(neuron), float(own[first[0]]), ", ".join([*told, *rest]))
    return [_limited(run, words, many, MAX_ITEMS)] if many > len(rows) else []


def matching_items(run: Run, words: str, most: int) -> tuple[np.ndarray, int]:
    """Rows of the items with a text in their title: those that are called just so first, then the most popular; and
    how many match in all."""
    folded = _folded_titles(run)
    asked = words.casefold()
    rows = np.flatnonzero([asked in title for title in folded])
    exact = np.array([folded[row].split(" (")[0] == asked or folded[row] == asked for row in rows], bool)
    popularity = run.dataset.items["popularity"].to_numpy()[rows]
    return rows[np.lexsort([-popularity, ~exact])][:most], len(rows)


def _folded_titles(run: Run) -> list[str]:
    """Titles without regard to case, made once for a data set."""
    kept = vars(run.dataset)
    if "_folded_titles" not in kept:
        kept["_folded_titles"] = [str(title).casefold() for title in run.dataset.items["title"]]
    return kept["_folded_titles"]


def _limited(run: Run, words: str, many: int, most: int) -> str:
    return (
        f"{run.dataset.nouns.count_items(many)} have “{words}” in their title; this looks at {most} of them, the most "
        "popular."
    )


def _user(best: _Best, run: Run, words: str, only: bool) -> list[str]:
    row = run.dataset.user_rows.get(words.removeprefix("user ").removeprefix("User "))
    if row is None:
        return [f"There is no user “{words}”; write the id as it is in the data."] if only else []
    shares = _shares(run, [row], "user")[0]
    name = shortened(str(run.dataset.users["user_id"].iloc[row]), _SNIPPET)
    for neuron in np.flatnonzero(shares > 0 if only else shares >= CLEAR_SHARE):
        best.add(int(neuron), float(shares[neuron]), f"User {name} {percent(shares[neuron])}")
    return []


@torch.inference_mode()
def _shares(run: Run, rows: Sequence[int], side: Literal["item", "user"]) -> np.ndarray:
    """How strongly each neuron fires on some items or users, as a share of its largest activation on any of them,
    `[rows, n]`."""
    x = run.recommender.item_embeddings if side == "item" else run.recommender.user_embeddings
    z = run.sae.encode(x[torch.as_tensor(np.asarray(rows))], side).numpy()
    largest = run.index.neurons[f"max_{side}s"].to_numpy(float)
    return np.divide(z, largest, out=np.zeros(z.shape), where=(z > 0) & (largest > 0)).clip(0, 1)


# --- what they do to scores


@torch.inference_mode()
def _effects(best: _Best, run: Run, words: str, where: Where) -> list[str]:
    rows, many = matching_items(run, words, MAX_EFFECT_ITEMS)
    nouns = run.dataset.nouns
    if not len(rows):
        return [f"No {nouns.item} has “{words}” in its title."]
    if not run.recommender.dot_product:
        return [
            f"What a neuron does to {nouns.items} depends on the user here, since scores are not dot products. The "
            "card of a neuron measures it for some users."
        ]
    effects = item_effects(run, rows) * (1 if where == "raises" else -1)
    strongest = effects.max(axis=1, initial=0)
    titles = run.dataset.items["title"].iloc[rows].astype(str).tolist()
    for of_item, most, title in zip(effects, strongest, titles, strict=True):
        for neuron in np.flatnonzero((of_item > 0) & (of_item >= EFFECT_SHARE * most)):
            sign = "+" if where == "raises" else "−"
            why = f"{shortened(title, _SNIPPET)} {sign}{of_item[neuron]:.3f}"
            best.add(int(neuron), float(of_item[neuron] / strongest.max()), why)
    return [
        *([_limited(run, words, many, MAX_EFFECT_ITEMS)] if many > len(rows) else []),
        f"By how much a neuron at its largest activation changes the score. Those with less than "
        f"{percent(EFFECT_SHARE)} of the strongest effect are left out.",
    ]


def item_effects(run: Run, rows: Sequence[int]) -> np.ndarray:
    """What each neuron at its largest activation adds to the scores of some items, `[rows, n]`; as
    `steering.attribution.affinity`, for dot products only."""
    model, sae = run.recommender, run.sae
    length = float(sae.lengths(model.user_embeddings, "user").mean())
    items = model.item_embeddings[torch.as_tensor(np.asarray(rows))]
    effects = (items @ sae.W_dec.T).numpy() * (length * float(sae.scale[0]))
    return effects * run.units * sae.rebuilding().numpy()
