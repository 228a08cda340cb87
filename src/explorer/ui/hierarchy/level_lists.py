"""A user's lists beside each other: the recommender's own and one for each level, with what each level adds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import pandas as pd
import streamlit as st

from explorer.runs import Run
from explorer.steering.by_level import NO_CONCEPT, LevelList, LevelLists
from explorer.steering.effect import move_text
from explorer.steering.level_words import level_sentences
from explorer.text import number, percent
from explorer.ui import linking
from explorer.ui.cache import theme
from explorer.ui.grid_data import Link, href, start_of
from explorer.ui.links import ITEMS, NEURONS

_HERE = Path(__file__).parent
_component = st.components.v2.component(
    "explorer_level_lists",
    html='<div class="lists"></div>',
    css=(_HERE / "level_lists.css").read_text(encoding="utf-8"),
    js=linking.SCRIPT + (_HERE / "level_lists.js").read_text(encoding="utf-8"),
)


def level_lists_view(run: Run, lists: LevelLists, user: str, neuron: int) -> None:
    """Draw the lists. `user`: by id, for the links to items; `neuron`: the chosen concept, marked where it brought
    something."""
    _component(
        key="hierarchy:level-lists",
        data={
            "label": f"Lists of user {user}, one for each level",
            "theme": theme(),
            "columns": columns_of(run, lists, user),
            "link": linking.link(run.digest, neuron),
        },
    )


def columns_of(run: Run, lists: LevelLists, user: str) -> list[dict[str, Any]]:
    """What the browser gets of each list, all texts made: the recommender's own first."""
    words = _Words(run, lists, user)
    columns = [
        {
            "title": "Recommender",
            "size": "the base model, unchanged",
            "sizeTitle": "",
            "sentence": _kept(lists, words.nouns.items),
            "items": [words.of_recommender(row) for row in lists.recommender.itertuples()],
            "lost": [],
            "lostTitle": "",
        }
    ]
    for level, sentence in zip(lists.levels, level_sentences(lists, words.labels, words.nouns), strict=True):
        columns.append(
            {
                "title": f"Level {level.number}",
                "size": f"{level.width:,} neurons · agreement {number(level.agreement, '{:.2f}')}",
                "sizeTitle": f"Cut after the first {level.width:,} neurons. {percent(level.shared)} of the "
                f"{words.nouns.items} are in the recommender’s list; agreement is RBO@{words.length}.",
                "sentence": sentence,
                "items": [words.of_level(level, row, lost=False) for row in level.table.itertuples()],
                "lost": [words.of_level(level, row, lost=True) for row in level.lost.itertuples()],
                "lostTitle": f"{words.nouns.count_items(len(level.lost))} lost",
            }
        )
    return columns


class _Words:
    """What is said of an item in a list of one user."""

    def __init__(self, run: Run, lists: LevelLists, user: str) -> None:
        self.labels, self.nouns = run.index.neurons["label"].tolist(), run.dataset.nouns
        self.length = len(lists.recommender)
        self._to_item = start_of(Link(ITEMS, "item", (), {"user": user}))
        self._ids = run.dataset.items["item_id"].astype(str).to_numpy()

    def of_recommender(self, row: Any) -> dict[str, Any]:
        level = row.first_level
        return {
            **self._item(row),
            "other": f"level {level}" if level else "no level",
            "otherTitle": "The first level whose list has it" if level else "In the list of no level",
            "in": bool(level),
            "about": "",
        }

    def of_level(self, level: LevelList, row: Any, lost: bool) -> dict[str, Any]:
        brought = lost or level.number == 1 or bool(row.new)
        named = brought and row.concept != NO_CONCEPT
        return {
            **self._item(row),
            "other": f"#{row.recommender_rank:,}",
            "otherTitle": f"Rank {row.recommender_rank:,} in the recommender’s own ranking",
            "in": row.recommender_rank <= self.length,
            "about": _about(row, lost) if brought else "",
            "concept": _concept(self.labels, int(row.concept), row, lost) if named else None,
            "new": not lost and bool(row.new),
            "move": "" if brought or row.before == row.rank else move_text(row.rank, row.before, self.length),
        }

    def _item(self, row: Any) -> dict[str, Any]:
        href = self._to_item + quote_plus(self._ids[row.row])
        return {"row": int(row.row), "rank": str(row.rank), "title": str(row.title), "href": href}


def _about(row: Any, lost: bool) -> str:
    """Before the name of the concept, or in its place."""
    there = row.concept != NO_CONCEPT
    if lost:
        return f"was #{row.rank}{' · loses most with ' if there else ''}"
    return "" if there else "no single concept"


def _concept(labels: Sequence[str], neuron: int, row: pd.Series, lost: bool) -> dict[str, Any]:
    what = "takes most from" if lost else "adds most to"
    return {
        "neuron": neuron,
        "name": labels[neuron],
        "href": href(NEURONS, neuron=str(neuron)),
        "title": f"Neuron {neuron} {what} its score: {row.part:+.2f} of {row.gain:+.2f} against the average item",
    }


def _kept(lists: LevelLists, items: str) -> str:
    """How much of the recommender's list the levels have."""
    if lists.recommender.empty:
        return f"There are no {items} left to recommend."
    found = int((lists.recommender["first_level"] > 0).sum())
    return f"{found} of these {len(lists.recommender)} {items} are in the list of some level."
