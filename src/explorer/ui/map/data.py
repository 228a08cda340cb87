"""What the map's component is sent: what is large once, what a choice changes as a message of its own."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

from explorer.figures.map_data import (
    ENTITIES,
    colour_bytes,
    colour_look,
    group_labels,
    point_bytes,
    point_words,
)
from explorer.figures.palette import Theme
from explorer.maps import Colours, Projection
from explorer.runs import Run
from explorer.ui.cache import OpenMap
from explorer.ui.grid_data import start_of
from explorer.ui.kept import Kept, kept_bytes, kept_json
from explorer.ui.links import ITEMS, USERS, Link

_packed: WeakKeyDictionary[Projection, tuple[Kept, Kept, list]] = WeakKeyDictionary()
"""Maps that were packed; one lives as long as it is open."""


def packed_map(run: Run, opened: OpenMap) -> tuple[Kept, Kept, list]:
    """The points of an open map, what they are called, and the names of its groups."""
    known = _packed.get(opened.projection)
    if known is None:
        points = kept_bytes(point_bytes(opened.projection.table))
        words = kept_json(point_words(run, opened.projection.table, opened.facts))
        known = _packed[opened.projection] = points, words, group_labels(opened.names)
    return known


def kept_colours(colours: Colours) -> Kept:
    """The colours of all points."""
    return kept_bytes(colour_bytes(colours))


def colour_message(colours: Colours, name: str, theme: Theme) -> dict[str, Any]:
    """What the kept colours of this name stand for."""
    return {**colour_look(colours, theme), "bytes": name}


def page_links() -> list[str]:
    """By what a point is (`ENTITIES`), the address of its page up to its id; empty for neurons, which are chosen."""
    starts = {"item": start_of(Link(ITEMS, "item", ())), "user": start_of(Link(USERS, "user", ()))}
    return [starts.get(entity, "") for entity in ENTITIES]
