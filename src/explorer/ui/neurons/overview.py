"""Two small pictures of all neurons that filter by brushing: how often they fire, and that against how pure they are.

The points go to the browser once (`kept.keep`); which of them are listed, and the ranges that are asked for, are a
small message of their own.
"""

from __future__ import annotations

import base64
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import streamlit as st

from explorer.audit.values import STANDINGS
from explorer.browse.filter_words import PART_WORDS, STANDING_WORDS, measure_words
from explorer.browse.filters import SHARES, Range
from explorer.browse.overview import PARTS
from explorer.data import Dataset
from explorer.data.genres import OTHER, first_facet, genre_groups, main_genres
from explorer.figures.palette import PALETTES, Palette, category_colours, part_colours
from explorer.maps import best_genres
from explorer.runs import Run
from explorer.ui.cache import theme
from explorer.ui.kept import Kept, keep, kept_json
from explorer.ui.neurons.state import FILTER, NEURON, VIEW, Listing, open_neuron, set_filter

_HERE = Path(__file__).parent
DENSITY = "density_items"
HEIGHTS = ("held_out", "ap", "purity", "name_holds", "stability")
"""What the scatter can show upwards, the first that is known without being asked for."""
_KEY = "neurons:overview"
_FACET = "facet:"
"""Begins colours by a facet that is not the first."""
_DIGITS = 4
_overview = st.components.v2.component(
    "explorer_overview",
    html='<div class="overview" role="group" aria-label="All neurons by how often they fire and how pure they are">'
    "</div>",
    css=(_HERE / "overview.css").read_text(encoding="utf-8"),
    js=(_HERE / "overview.js").read_text(encoding="utf-8"),
)


def overview(run: Run, listed: Listing) -> None:
    """Draw both pictures; a brush sets ranges of the filter, a click opens a neuron."""
    heights = [name for name in HEIGHTS if listed.table[name].notna().any()]
    others = [_FACET + name for name in list(run.dataset.facets)[1:]]
    colourings = [*(["facet", *others] if run.dataset.genres else []), "standing", "part"]
    if (listed.table["standing"] != "open").any():  # what people say comes first
        colourings = ["standing", *(name for name in colourings if name != "standing")]
    height, colouring = _view(heights, colourings)
    name = keep(_points(listed.stamp, tuple(heights), run, listed.table), _KEY)
    labels, nouns = measure_words(run.dataset.nouns), run.dataset.nouns
    words = {"standing": "verdict", "part": "part", "facet": first_facet(run.dataset)}
    words |= {name: name.removeprefix(_FACET) for name in others}
    shown = {key: listed.asked.ranges.get(key, (None, None)) for key in (DENSITY, height) if key}
    _overview(
        key=_KEY,
        data={
            "points": name,
            "listed": _mask(listed.order, len(listed.table)),
            "chosen": st.session_state[NEURON],
            "ranges": shown,
            "height": height,
            "heights": [[key, labels[key], key in SHARES] for key in heights],
            "colouring": colouring,
            "colourings": [[key, words[key]] for key in colourings],
            "legend": _legend(colouring, run.dataset, PALETTES[theme()]),
            "items": nouns.items,
            "colours": {"on": PALETTES[theme()].main, "off": PALETTES[theme()].muted},
        },
        on_brush_change=lambda: _brushed(heights),
        on_open_change=lambda: _opened(run.index.n),
        on_view_change=lambda: _viewed(heights, colourings),
    )


@st.cache_resource(max_entries=8, show_spinner=False)
def _points(stamp: str, heights: tuple[str, ...], _run: Run, _table: pd.DataFrame) -> Kept:
    return kept_json(points(_table, heights, _run))


def points(table: pd.DataFrame, heights: tuple[str, ...], run: Run) -> dict:
    """Where each neuron lies, and of which kind it is: lists in the order of the table; None where nothing is known."""
    places, classes = {"standing": STANDINGS, "part": PARTS}, {"standing": table["standing"], "part": table["part"]}
    for key, facet in (("facet", None), *((_FACET + name, name) for name in list(run.dataset.facets)[1:])):
        groups, best = genre_groups(run.dataset, facet), best_genres(run, facet)
        places[key] = [*main_genres(run.dataset, facet), OTHER]
        classes[key] = [groups.get(best[neuron], OTHER) for neuron in table["neuron"]]
    return {
        "neurons": table["neuron"].tolist(),
        "labels": [text if len(text) < 80 else f"{text[:79]}…" for text in table["label"]],
        "values": {name: _short(table[name]) for name in (DENSITY, *heights)},
        "classes": {name: [places[name].index(one) for one in of] for name, of in classes.items()},
    }


def _short(values: pd.Series) -> list[float | None]:
    return [None if math.isnan(value) else float(f"{value:.{_DIGITS}g}") for value in values.tolist()]


def _mask(order: np.ndarray, n: int) -> str:
    """Which positions are listed, a bit each, the first one in the highest bit of the first byte."""
    bits = np.zeros(n, bool)
    bits[order] = True
    return base64.b64encode(np.packbits(bits).tobytes()).decode("ascii")


def _legend(colouring: str, dataset: Dataset, palette: Palette) -> list[list[str]]:
    """Name and colour of each class."""
    if colouring == "standing":
        colours = (palette.up, palette.second, palette.down, palette.series[4], palette.muted)
        return [[STANDING_WORDS[one], colour] for one, colour in zip(STANDINGS, colours, strict=True)]
    if colouring == "part":
        return [[PART_WORDS[part], colour] for part, colour in part_colours(theme()).items()]
    main = main_genres(dataset, colouring.removeprefix(_FACET) if colouring.startswith(_FACET) else None)
    colours = category_colours(main, theme())
    return [[name, colours[name]] for name in (*main, OTHER)]


def _view(heights: list[str], colourings: list[str]) -> tuple[str, str]:
    """What the scatter shows upwards and is coloured by."""
    height, _, colouring = st.session_state.get(VIEW, "").partition(".")
    first = heights[0] if heights else ""
    return height if height in heights else first, colouring if colouring in colourings else colourings[0]


def _sent(name: str):
    return (st.session_state.get(_KEY) or {}).get(name)


def _brushed(heights: list[str]) -> None:
    """Ranges by measure; those of the pictures that are not named stay."""
    sent = _sent("brush")
    if not isinstance(sent, dict):
        return
    asked = st.session_state[FILTER]
    ranges = dict(asked.ranges)
    for name, ends in sent.items():
        if name in (DENSITY, *heights) and (checked := _ends(ends)) is not None:
            ranges.pop(name, None)
            if checked != (None, None):
                ranges[name] = checked
    set_filter(replace(asked, ranges=ranges))


def _ends(ends: object) -> Range | None:
    """A range as the browser sends it; None if it is none."""
    if not isinstance(ends, list) or len(ends) != 2:
        return None
    if not all(end is None or (isinstance(end, int | float) and math.isfinite(end)) for end in ends):
        return None
    low, high = ends
    return (high, low) if low is not None and high is not None and low > high else (low, high)


def _opened(n: int) -> None:
    neuron = _sent("open")
    if isinstance(neuron, int) and 0 <= neuron < n:
        open_neuron(neuron)


def _viewed(heights: list[str], colourings: list[str]) -> None:
    sent = _sent("view")
    if isinstance(sent, list) and len(sent) == 2 and sent[0] in [*heights, ""] and sent[1] in colourings:
        default = [heights[0] if heights else "", colourings[0]]
        st.session_state[VIEW] = "" if sent == default else ".".join(sent)
