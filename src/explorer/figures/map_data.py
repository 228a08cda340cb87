"""What a browser gets of a map: its points, their colours, and what they are called, each packed once.

The script that draws them (`map_script/`) is the same on the dashboard and in a saved page.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from explorer.data import Nouns
from explorer.figures.palette import BACKGROUND, PALETTES, Palette, Theme, category_colours

if TYPE_CHECKING:
    from explorer.hierarchy import Hierarchy
    from explorer.maps import Colours, Projection
    from explorer.runs import Run

ENTITIES = ("neuron", "item", "user")
"""What a point is, by its number in the bytes."""
NOTHING = 255
"""In place of a category: none is known."""
UNNAMED = ("", "mixed")
"""Groups of these names are not named on the map; the second is that of maps that were stored by earlier versions."""
STRONGEST = 8
"""Items of each neuron that are ringed on a map of items as soon as it is chosen."""
LARGEST = 1e6
"""Of a coordinate; a map has radius 1."""
_FOLDER = Path(__file__).with_name("map_script")
_PARTS = "points raster camera looks labels lasso legend card finder hand sheet page saver view"
SCRIPT = "".join((_FOLDER / f"{name}.js").read_text(encoding="utf-8") for name in _PARTS.split())
STYLE = (_FOLDER / "map.css").read_text(encoding="utf-8")


def point_bytes(table: pd.DataFrame) -> bytes:
    """The points of a map (`entity`, `row`, `x`, `y`), little-endian: uint32 n, then `[n]` each of float32 x and y,
    int32 row and uint8 entity (place in `ENTITIES`). NaN becomes 0."""
    x, y = (
        np.clip(np.nan_to_num(table[axis].to_numpy(np.float64), posinf=LARGEST, neginf=-LARGEST), -LARGEST, LARGEST)
        for axis in ("x", "y")
    )
    entity = table["entity"].map({name: number for number, name in enumerate(ENTITIES)}).to_numpy(np.uint8)
    parts = (np.array([len(table)], "<u4"), x.astype("<f4"), y.astype("<f4"), table["row"].to_numpy("<i4"), entity)
    return b"".join(part.tobytes() for part in parts)


def colour_bytes(colours: Colours) -> bytes:
    """A byte per point, its category or `NOTHING`; of numbers a float32 per point, NaN where nothing is known."""
    if not colours.categorical:
        return colours.value.astype("<f4").tobytes()
    places = {name: place for place, name in enumerate(colours.categories)}
    return bytes(places.get(value, NOTHING) for value in colours.value)


def colour_look(colours: Colours, theme: Theme) -> dict[str, Any]:
    """What the bytes stand for: the categories with their colours, or the ends of the scale and its stops."""
    look: dict[str, Any] = {"by": colours.by, "label": colours.label, "unit": colours.unit}
    if colours.categorical:
        shades = category_colours(colours.categories, theme)
        return {**look, "categories": [[name, shades[name]] for name in colours.categories]}
    low, high = colour_range(colours.value)
    return {**look, "low": low, "high": high, "stops": [list(stop) for stop in colour_scale(PALETTES[theme])]}


def colour_range(values: np.ndarray) -> tuple[float, float]:
    """Ends of the colour scale: the 2nd and 98th percentile, so that a few extreme points do not use up the colours."""
    known = values[np.isfinite(values)]
    low, high = np.quantile(known, [0.02, 0.98]) if len(known) else (0.0, 1.0)
    if low == high and len(known):
        low, high = known.min(), known.max()
    return (float(low), float(high)) if high > low else (float(low) - 0.5, float(low) + 0.5)


def colour_scale(palette: Palette) -> list[tuple[float, str]]:
    """From a faint mark to the strongest; brightness goes one way only, so that it can be read without colours too."""
    return [(0.0, _mixed(palette.grid, palette.muted)), (0.55, palette.main), (1.0, palette.text)]


def _mixed(a: str, b: str) -> str:
    """The colour half way between two."""
    pairs = zip(bytes.fromhex(a[1:]), bytes.fromhex(b[1:]), strict=True)
    return "#" + "".join(f"{(p + q) // 2:02X}" for p, q in pairs)


def group_labels(names: pd.DataFrame) -> list[list]:
    """Named groups of a map: zoom level, x, y, radius, number of points, name."""
    named = names[~names["name"].isin(UNNAMED)]
    columns = (named[column].tolist() for column in ("zoom", "x", "y", "radius", "size", "name"))
    return [
        [zoom, *(round(float(value), 4) for value in (x, y, radius)), size, name]
        for zoom, x, y, radius, size, name in zip(*columns, strict=True)
    ]


def point_words(run: Run, table: pd.DataFrame, facts: pd.DataFrame) -> dict[str, Any]:
    """What the points of a map are called (`name`, `about`) and the ids in their pages' addresses, in their order; of a
    map with items also the strongest items of every neuron, by row number."""
    neurons, items, users = run.index.neurons["neuron"], run.dataset.items["item_id"], run.dataset.users["user_id"]
    ids = {
        name: values.astype(str).to_numpy(dtype=object)
        for name, values in zip(ENTITIES, (neurons, items, users), strict=True)
    }
    places = zip(table["entity"].tolist(), table["row"].tolist(), strict=True)
    named = [ids[entity][row] for entity, row in places]
    strongest = {}
    if (table["entity"] == "item").any():
        strongest = {k: run.index.strongest_items(k, STRONGEST)["row"].tolist() for k in range(run.index.n)}
    return {"names": facts["name"].tolist(), "about": facts["about"].tolist(), "ids": named, "strongest": strongest}


def picture_message(
    run: Run, found: Hierarchy, projection: Projection, labels: list[list], theme: Theme, neuron: int | None, width: int
) -> dict[str, Any]:
    """What a map needs beside the bytes: its title, how it was made, names of groups (`group_labels`), which neurons
    are relatives, and its colours. `neuron` is the chosen one, and neurons from `width` on are not drawn."""
    nouns, kind = run.dataset.nouns, projection.kind
    edges = found.edges[["parent", "child"]].to_numpy().tolist() if kind == "neurons" else []
    return {
        "title": f"{map_title(kind, nouns)} of {run.name}",
        "caption": f"{projection.describe()}.",
        "file": f"{run.name}-{kind}",
        "kind": kind,
        "nouns": {"item": nouns.item, "items": nouns.items, "users": "users"},
        "labels": labels,
        "edges": edges,
        "chosen": neuron,
        "width": width,
        "palette": theme_colours(theme),
    }


def theme_colours(theme: Theme) -> dict[str, str]:
    """Colours of the map that are not of its points' categories."""
    palette = PALETTES[theme]
    return {
        "main": palette.main,
        "second": palette.second,
        "muted": palette.muted,
        "text": palette.text,
        "grid": palette.grid,
        "back": BACKGROUND[theme],
    }


def map_title(kind: str, nouns: Nouns) -> str:
    """What a map shows, as the data set calls it."""
    titles: Mapping[str, str] = {
        "neurons": "Neurons",
        "items": nouns.items.capitalize(),
        "users": "Users",
        "together": f"Users and {nouns.items}",
    }
    return titles.get(kind, kind.capitalize())


def bits_of(positions: np.ndarray, n: int) -> str:
    """A bit for each of n points, the first one the highest of the first byte, in base64; empty for no point."""
    if not len(positions):
        return ""
    bits = np.zeros(n, bool)
    bits[positions] = True
    return base64.b64encode(np.packbits(bits).tobytes()).decode("ascii")


def positions_of_bits(bits: object, n: int) -> np.ndarray:
    """The inverse, int64, ascending; none for what is not such a text of n points."""
    none = np.empty(0, np.int64)
    if not isinstance(bits, str):
        return none
    try:
        content = np.frombuffer(base64.b64decode(bits, validate=True), np.uint8)
    except (binascii.Error, ValueError):
        return none
    if len(content) != (n + 7) // 8:
        return none
    return np.flatnonzero(np.unpackbits(content, count=n))
