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
    labels, nouns = run.index.neurons["label"].tolist(), run.dataset.nouns
    to_item = start_of(Link(ITEMS, "item", (), {"user": user}))
    ids = run.dataset.items["item_id"].astype(str).to_numpy()
    length = len(lists.recommender)

    def item(row: Any, other: str, other_title: str, inside: bool, about: str, **more: Any) -> dict[str, Any]:
        return {
            "row": int(row.row),
            "rank": str(row.rank),
            "title": str(row.title),
            "href": to_item + quote_plus(ids[row.row]),
            "other": other,
            "otherTitle": other_title,
            "in": inside,
            "about": about,
            **more,
        }

    def of_level(level: LevelList, row: Any, lost: bool) -> dict[str, Any]:
        rank = f"#{row.recommender_rank:,}"
        brought = lost or level.number == 1 or bool(row.new)
        about, concept = _about(row, lost) if brought else "", None
        if brought and row.concept != NO_CONCEPT:
            concept = _concept(labels, int(row.concept), row, lost)
        return item(
            row,
            rank,
            f"Rank {row.recommender_rank:,} in the recommender’s own ranking",
            row.recommender_rank <= length,
            about,
            concept=concept,
            new=not lost and bool(row.new),
            move="" if brought or row.before == row.rank else move_text(row.rank, row.before, length),
        )

    own = [
        item(
            row,
            f"level {row.first_level}" if row.first_level else "no level",
            "The first level whose list has it" if row.first_level else "In the list of no level",
            bool(row.first_level),
            "",
        )
        for row in lists.recommender.itertuples()
    ]
    columns = [
        {
            "title": "Recommender",
            "size": "the base model, unchanged",
            "sizeTitle": "",
            "sentence": _kept(lists, nouns.items),
            "items": own,
            "lost": [],
            "lostTitle": "",
        }
    ]
    for level, sentence in zip(lists.levels, level_sentences(lists, labels, nouns), strict=True):
        columns.append(
            {
                "title": f"Level {level.number}",
                "size": f"{level.width:,} neurons · agreement {number(level.agreement, '{:.2f}')}",
                "sizeTitle": f"Cut after the first {level.width:,} neurons. {percent(level.shared)} of the "
                f"{nouns.items} are in the recommender’s list; agreement is RBO@{length}.",
                "sentence": sentence,
                "items": [of_level(level, row, lost=False) for row in level.table.itertuples()],
                "lost": [of_level(level, row, lost=True) for row in level.lost.itertuples()],
                "lostTitle": f"{nouns.count_items(len(level.lost))} lost",
            }
        )
    return columns


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
