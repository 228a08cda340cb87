"""Tables: to read, or with rows that are chosen by a click or walked with the arrow keys, the open one marked.

`st.dataframe` of Streamlit 1.67 does a part of this: with `selection_mode="single-cell"` a click anywhere and the
arrow keys choose, and a style can mark the row. But the page cannot move its cell or scroll to a row that was opened
elsewhere (a link, Back, the next neuron), a whole-row click cannot choose several, a selection is a row number that a
filter makes wrong, text is cut after one line, and columns that do not fit lie behind a scroll. Here the page says
which rows are chosen and in which order they stand; the component in `grid.js` draws, fits the columns into the
width, and tells the page of clicks by the rows' ids.

A large table (`Stored`) is two components: one without a picture has all rows, and as its message never changes
Streamlit sends it once; the other has what a click or a filter changes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from explorer.ui.grid_data import Link, Stored, column_data, missing, packed, text_of, tooltip, with_links
from explorer.ui.kept import keep
from explorer.ui.linking import SCRIPT

__all__ = ["Link", "Stored", "choose_columns", "draw_grid", "grid", "ordered", "shown_columns", "tooltip"]

_HERE = Path(__file__).parent
_component = st.components.v2.component(
    "explorer_grid",
    html='<div class="grid"></div>',
    css=(_HERE / "grid.css").read_text(encoding="utf-8"),
    js=SCRIPT + "".join((_HERE / name).read_text(encoding="utf-8") for name in ("grid_cells.js", "grid.js")),
)
Sorting = tuple[str, bool]
"""A column, and whether the smallest comes first."""


def grid(
    table: pd.DataFrame,
    columns: dict,
    key: str,
    ids: str,
    chosen: Sequence,
    on_choose: Callable[[list], None],
    label: str,
    several: bool = False,
    height: int = 560,
    links: Mapping[str, Link] | None = None,
    stored: Stored | None = None,
    sorting: Sorting | None = None,
    on_sort: Callable[[str], None] | None = None,
) -> None:
    """Show a table and report which rows are chosen.

    table: the rows, already in the order of `ordered(table, key)`; with `stored` all rows in any order.
    columns: column configurations by name, in their order, as for `show_table`.
    key: of the component; it must not depend on what is shown.
    ids: the column that names a row.
    chosen: ids of the marked rows; the arrow keys continue from the last one.
    on_choose: called with the ids of the newly chosen rows.
    several: whether ticks, Ctrl and Shift add rows.
    links, stored, sorting, on_sort: as for `draw_grid`.
    """

    def choose() -> None:
        known = set(table[ids])
        wanted = [row for row in _sent(key, "choose") or [] if row in known]
        if wanted or several:
            on_choose(wanted)

    draw_grid(
        table,
        columns,
        key,
        label=label,
        height=height,
        ids=ids,
        chosen=list(chosen),
        several=several,
        on_choose=choose,
        links=links,
        stored=stored,
        sorting=sorting,
        on_sort=on_sort,
    )


def draw_grid(
    table: pd.DataFrame,
    columns: dict,
    key: str,
    label: str,
    height: int,
    ids: str | None = None,
    chosen: Sequence = (),
    several: bool = False,
    on_choose: Callable[[], None] | None = None,
    width: int | str = "stretch",
    links: Mapping[str, Link] | None = None,
    stored: Stored | None = None,
    sorting: Sorting | None = None,
    on_sort: Callable[[str], None] | None = None,
    link: Mapping[str, Any] | None = None,
) -> None:
    """Show a table; without `ids` its rows cannot be chosen.

    links: by column, what its cells lead to.
    stored: the table is a large one, whose rows are to be sent once; it needs `ids`, and columns that hold something.
    sorting: the column that the rows are in the order of, where the page keeps that itself; else the table does.
    on_sort: called with the column whose heading was clicked, where the page keeps the order itself.
    link: of `linking.link`, where the rows are neurons that other parts of the page show too; `on_choose` then reads
        `linking.chosen_in`.
    """
    names = shown_columns(table, columns) if stored is None else [name for name in columns if name in table]
    table = with_links(table, links)
    if on_sort is None:
        sorting = st.session_state.get(_sort(key))
    sorted_by, ascending = sorting or (None, True)
    data: dict[str, Any] = {
        "readonly": ids is None,
        "chosen": list(chosen),
        "several": several,
        "height": height,
        "label": label,
        "link": link,
        "columns": [
            {
                **column_data(name, columns[name], table, links, stored),
                "sorted": 0 if name != sorted_by else 1 if ascending else -1,
            }
            for name in names
        ],
    }
    if stored is None:
        data["ids"] = list(range(len(table))) if ids is None else table[ids].tolist()
    else:
        data["rows"] = keep(packed(stored, table, columns, names, ids, links), key)
        data["order"] = [int(position) for position in stored.order]
    _component(
        key=key,
        data=data,
        width=width,
        on_choose_change=on_choose or _nothing,
        on_sort_change=lambda: _sort_by(key, table, names, on_sort),
    )


def shown_columns(table: pd.DataFrame, columns: dict) -> list[str]:
    """The known columns that a table has, in their order; empty ones are left out."""
    return [name for name in columns if name in table and not table[name].isna().all()]


def _nothing() -> None:
    """Of a table to read."""


def choose_columns(columns: dict, optional: Sequence[str], key: str, draw: bool = True) -> dict:
    """The columns without the optional ones that are not asked for; `draw`: show the choice of these here."""
    state = f"{key}:columns"
    if draw:
        with st.popover("Columns", icon=":material/view_column:"):
            st.pills(
                "More columns",
                optional,
                selection_mode="multi",
                format_func=lambda name: columns[name]["label"],
                key=state,
                persist_state="session",
            )
    asked = st.session_state.get(state) or []
    return {name: column for name, column in columns.items() if name not in optional or name in asked}


def ordered(table: pd.DataFrame, key: str) -> pd.DataFrame:
    """The rows in the order that the headings of the table `key` ask for; missing values come last."""
    column, ascending = st.session_state.get(_sort(key), (None, True))
    if column not in table:
        return table
    return table.sort_values(
        column, ascending=ascending, na_position="last", kind="stable", ignore_index=True, key=_comparable
    )


def _comparable(values: pd.Series) -> pd.Series:
    if pd.api.types.is_numeric_dtype(values) or pd.api.types.is_datetime64_any_dtype(values):
        return values
    texts = [None if missing(value) else text_of(value).casefold() for value in values]
    return pd.Series(texts, index=values.index, dtype="object")


def _sort_by(key: str, table: pd.DataFrame, names: Sequence[str], on_sort: Callable[[str], None] | None) -> None:
    """A click on a heading: numbers from the largest, texts from A; then the other way; then as the page has them."""
    name = _sent(key, "sort")
    if name not in names:
        return
    if on_sort is not None:
        on_sort(name)
        return
    column, ascending = st.session_state.get(_sort(key), (None, True))
    first = not pd.api.types.is_numeric_dtype(table[name])
    if column != name:
        st.session_state[_sort(key)] = (name, first)
    elif ascending == first:
        st.session_state[_sort(key)] = (name, not first)
    else:
        del st.session_state[_sort(key)]


def _sent(key: str, name: str) -> Any:
    """What the table says was clicked; nothing if its page was left before the click arrived."""
    return (st.session_state.get(key) or {}).get(name)


def _sort(key: str) -> str:
    return f"{key}:sort"
