"""A map as one page of HTML that needs nothing else: it pans, zooms, tells what is under the mouse and searches by the
script of the dashboard's map. The dashboard fills the same template in the browser (`map_script/page.js`)."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

import pandas as pd

from explorer.figures.map_data import (
    SCRIPT,
    STYLE,
    colour_bytes,
    colour_look,
    group_labels,
    picture_message,
    point_bytes,
    point_words,
)
from explorer.figures.palette import Theme
from explorer.hierarchy import Hierarchy
from explorer.hierarchy.store import load_hierarchy
from explorer.maps import Projection, available_colours, colour_values, describe_points
from explorer.maps.colours import ColourBy
from explorer.runs import Run
from explorer.text import html_escape

_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'"
)
_LOOK = """
html, body { margin: 0; height: 100%; }
body { display: flex; flex-direction: column; gap: 6px; box-sizing: border-box; padding: 12px 16px;
  font: 14px/1.4 system-ui, sans-serif; background: var(--st-background-color); color: var(--st-text-color); }
h1 { font-size: 1.1rem; margin: 0; unicode-bidi: plaintext; } p { margin: 0; font-size: .8rem; }
.map { flex: 1; }
"""
_BEGIN = """
const data = JSON.parse(document.getElementById("data").textContent), { palette } = data;
for (const [name, colour] of Object.entries({
  "background-color": palette.back, "text-color": palette.text, "border-color": palette.grid,
  "secondary-background-color": palette.back, "primary-color": palette.main,
})) document.documentElement.style.setProperty(`--st-${name}`, colour);
document.querySelector("h1").textContent = data.title;
document.querySelector("p").textContent = data.caption;
openPage(document.querySelector(".map"), data);
"""


def page_template() -> str:
    """The page with `__TITLE__` and `__DATA__` where its title and its data belong."""
    return "\n".join(
        [
            '<!doctype html><html lang="en"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>__TITLE__</title><style>{STYLE}{_LOOK}</style></head>",
            '<body><h1></h1><div class="map"></div><p></p>',
            '<script type="application/json" id="data">__DATA__</script>',
            f'<script type="module">{SCRIPT}{_BEGIN}</script></body></html>',
            "",
        ]
    )


def saved_map(
    run: Run, projection: Projection, names: pd.DataFrame, by: ColourBy | None, neuron: int | None, theme: Theme
) -> str:
    """The page of a run's map with its named clusters. by: what it is coloured by, the most useful if None; `neuron` is
    the chosen one, whose activation `by` may be. Raises `UserError` for a measure that this map has not."""
    table, found = projection.table, load_hierarchy(run.path, run.sae.levels) or Hierarchy.from_run(run)
    colours = colour_values(run, table, by or available_colours(run, projection.kind)[0], neuron)
    picture = {
        **picture_message(run, found, projection, group_labels(names), theme, neuron, run.index.n),
        "words": point_words(run, table, describe_points(run, table)),
        "colours": colour_look(colours, theme),
    }
    return map_page(picture, point_bytes(table), colour_bytes(colours))


def map_page(picture: Mapping[str, Any], points: bytes, colours: bytes) -> str:
    """The page of a picture (`picture_message`, `words`, `colours`) and the bytes of its points and their colours."""
    packed = {"points": _text(points), "colours": {**picture["colours"], "bytes": _text(colours)}}
    data = json.dumps({**picture, **packed}, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    before, between, after = (
        part for half in page_template().split("__TITLE__", 1) for part in half.split("__DATA__", 1)
    )
    return f"{before}{html_escape(picture['title'])}{between}{data}{after}"


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")
