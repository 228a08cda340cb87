"""Shares of one person or group beside the average user's, as HTML: drawn at once, and names are whole."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from explorer.figures.palette import PALETTES, Theme
from explorer.text import html_escape, percent


def beside_average_html(table: pd.DataFrame, label: str, theme: Theme, colours: Mapping[str, str] | None = None) -> str:
    """A bar for each row of `name`, `share` and `average`, with a mark where the average user is.

    label: what the table shows, for screen readers. colours: of the bars, by name.
    """
    palette, found = PALETTES[theme], colours or {}
    most = max(float(table[["share", "average"]].max().max()), 1e-9) if len(table) else 1.0
    rows = []
    for row in table.itertuples(index=False):
        said = f"{row.name}: {percent(row.share)}; the average user: {percent(row.average)}"
        bar = (
            f'<span class="part" style="left:0;width:{100 * row.share / most:.1f}%;'
            f'background:{found.get(row.name, palette.main)}"></span>'
            f'<span class="mark" style="left:calc({100 * row.average / most:.1f}% - 1px)"></span>'
        )
        rows.append(
            f'<tr title="{html_escape(said)}"><th scope="row">{html_escape(row.name)}</th>'
            f'<td class="bar">{bar}</td><td class="value">{percent(row.share)}</td>'
            f'<td class="value average">{percent(row.average)}</td></tr>'
        )
    head = "".join(f'<th scope="col">{name}</th>' for name in ("Name", "Bar", "Share", "Average user"))
    return (
        f'<table class="beside-average" aria-label="{html_escape(label)}"><thead class="unseen"><tr>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table>"
    )
