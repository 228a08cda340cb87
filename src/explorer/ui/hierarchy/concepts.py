"""What the browser gets of the tree of concepts, once: the columns and the picture follow a click without the server.

Of a large dictionary (`MAX_TOLD`) it gets names, shares and views of all neurons, but sentences and items only of the
relatives of the chosen one, with each run.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

from explorer.data.genres import OTHER, genre_groups, main_genres
from explorer.figures.palette import PALETTES, category_colours
from explorer.hierarchy import Hierarchy
from explorer.hierarchy.overview import REASONS, Overview, Sector
from explorer.hierarchy.split import Splits
from explorer.maps import best_genres
from explorer.neurons.titles import short_title
from explorer.runs import Run
from explorer.ui.cache import theme
from explorer.ui.grid_data import Link, start_of
from explorer.ui.hierarchy.state import Shown
from explorer.ui.kept import Kept, keep, kept_json
from explorer.ui.links import ITEMS

MAX_TOLD = 1_024
"""Neurons up to which the browser gets the sentences and the items of all."""
MAX_NEAR = 200
"""Relatives of a neuron of a larger dictionary that it gets these of."""
_DIGITS = 5
"""Of an angle: a tenth of a pixel."""
_KEY = "hierarchy:concepts"
TREE_SCRIPT = Path(__file__).with_name("tree_data.js").read_text(encoding="utf-8")
"""What the scripts of the columns and of the picture begin with."""


def keep_concepts(run: Run, found: Hierarchy, shown: Shown) -> None:
    """Have the browser keep the tree; once on a page."""
    keep(_open(run, found, shown.width)[1], _KEY)


def concept_data(run: Run, found: Hierarchy, shown: Shown) -> dict[str, Any]:
    """What the components that draw the tree get: where the browser finds it, and what changes."""
    splits, kept = _open(run, found, shown.width)
    told = run.index.n <= MAX_TOLD
    return {
        "concepts": kept.name,
        "near": {} if told else {str(one): details(splits, one) for one in near(splits, shown.neuron)},
        "before": start_of(Link(ITEMS, "item", ())),
        "colours": facet_colours(run),
        "items": run.dataset.nouns.items,
    }


def _open(run: Run, found: Hierarchy, width: int) -> tuple[Splits, Kept]:
    labels = run.index.neurons["label"]
    return _concepts(run.digest, tuple((one, labels.iloc[one]) for one in sorted(run.proposed)), width, run, found)


@st.cache_resource(max_entries=8, show_spinner=False)
def _concepts(digest: str, names: tuple, width: int, _run: Run, _found: Hierarchy) -> tuple[Splits, Kept]:
    splits = Splits(_run, _found, width)
    return splits, kept_json(tree_of(splits, _run.index.n <= MAX_TOLD))


def tree_of(splits: Splits, told: bool) -> dict[str, Any]:
    """The tree as the browser keeps it: lists by neuron; `told`: with the sentences and items of all of them."""
    run, overview = splits.run, Overview(splits)
    n, facets = run.index.n, facet_classes(run)
    return {
        "names": [splits.name(one) for one in range(n)],
        "shorts": [splits.short(one) if splits.short(one) != splits.name(one) else None for one in range(n)],
        "parents": [-1 if splits.parent(one) is None else splits.parent(one) for one in range(n)],
        "levels": splits.found.flags["level"].tolist(),
        "own": [splits.own(one) for one in range(n)],
        "percents": [splits.percent(one) for one in range(n)],
        "facets": facets,
        "roots": overview.ordered(None),
        "children": {str(parent): children for parent, children in splits.families().items()},
        "ordered": {
            "" if parent is None else str(parent): overview.ordered(parent) for parent in (None, *splits.families())
        },
        "views": {focus: [_short(sector) for sector in view] for focus, view in overview.views().items()},
        "apart": {reason: (REASONS[reason], neurons) for reason, neurons in overview.apart.items()},
        "shown": splits.shown,
        "details": {str(one): details(splits, one) for one in range(n)} if told else {},
    }


def _short(sector: Sector) -> list:
    return [*sector[:-2], round(sector.start, _DIGITS), round(sector.end, _DIGITS)]


def details(splits: Splits, neuron: int) -> dict[str, Any]:
    """What is said of one neuron."""
    split = splits.of(neuron)
    place = split.concept
    return {
        "sentence": split.sentence,
        "notes": split.notes,
        "stays": split.stays_percent,
        "examples": [(short_title(example.title), example.item_id) for example in place.examples],
        "evidence": place.evidence,
    }


def near(splits: Splits, neuron: int) -> list[int]:
    """A neuron, those above it, its siblings, its children and theirs; at most `MAX_NEAR`."""
    path, children = splits.found.path(neuron), splits.children(neuron)
    parent = splits.parent(neuron)
    siblings = Overview(splits).ordered(parent)
    place = siblings.index(neuron) if neuron in siblings else 0
    beside = siblings[max(place - MAX_NEAR // 4, 0) : place + MAX_NEAR // 4]
    below = [one for child in children for one in splits.children(child)]
    return list(dict.fromkeys([*path, *children, *beside, *below]))[:MAX_NEAR]


def facet_classes(run: Run) -> list[int]:
    """The place of each neuron's best facet among those that have a colour, the last for the others."""
    if not run.dataset.genres:
        return [0] * run.index.n
    groups, main = genre_groups(run.dataset), [*main_genres(run.dataset), OTHER]
    return [main.index(groups.get(one, OTHER)) if one is not None else len(main) - 1 for one in best_genres(run)]


def facet_colours(run: Run) -> list[tuple[str, str]]:
    """Name and colour of each class, as on the map."""
    if not run.dataset.genres:
        return [("", PALETTES[theme()].main)]
    colours = category_colours(main_genres(run.dataset), theme())
    return [(name, colours[name]) for name in (*main_genres(run.dataset), OTHER)]
