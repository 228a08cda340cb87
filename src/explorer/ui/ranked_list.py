"""A ranked list as a plain table of HTML: nothing is cut, titles wrap, and on a phone less important columns go."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from explorer.text import html_escape
from explorer.ui.grid import shown_columns, tooltip

_DASH = "–"


def ranked_list(table: pd.DataFrame, columns: dict, label: str) -> None:
    """Show a list that is read from the top, without sorting it.

    columns: column configurations by name, in their order, as for `show_table`.
    label: what the list is, for screen readers.
    """
    st.html(list_html(table, columns, label))


def list_html(table: pd.DataFrame, columns: dict, label: str) -> str:
    """The table; every cell says its column's name as a class, so that the style sheet can leave it out on a phone."""
    names = shown_columns(table, columns)
    head = "".join(
        f'<th scope="col" class="{name}" title="{html_escape(tooltip(columns[name].get("help")))}">'
        f"{html_escape(columns[name]['label'])}</th>"
        for name in names
    )
    rows = "".join(
        "<tr>"
        + "".join(
            f'<td class="{name}">{html_escape(_text(value, columns[name]))}</td>'
            for name, value in zip(names, row, strict=True)
        )
        + "</tr>"
        for row in table[names].itertuples(index=False)
    )
    return (
        f'<table class="ranked-list" aria-label="{html_escape(label)}"><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )


def _text(value: object, column: dict) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    if pd.isna(value):
        return _DASH
    form = (column.get("type_config") or {}).get("format") or ""
    return form % value if form.startswith("%") else str(value)
