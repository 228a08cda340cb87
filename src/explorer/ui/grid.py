"""Tables: to read, or with rows that are chosen by a click or walked with the arrow keys, the open one marked.

`st.dataframe` of Streamlit 1.67 does a part of this: with `selection_mode="single-cell"` a click anywhere and the
arrow keys choose, and a style can mark the row. But the page cannot move its cell or scroll to a row that was opened
elsewhere (a link, Back, the next neuron), a whole-row click cannot choose several, a selection is a row number that a
filter makes wrong, text is cut after one line, and columns that do not fit lie behind a scroll. Here the page says
which rows are chosen and in which order they stand; the component in `grid.js` draws, fits the columns into the
width, and tells the page of clicks by the rows' ids.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

_HERE = Path(__file__).parent
_KINDS = {"progress": "bar", "number": "number", "checkbox": "check", "datetime": "text"}
"""Types of Streamlit's column configuration that are not drawn as text."""
_component = st.components.v2.component(
    "explorer_grid",
    html='<div class="grid"></div>',
    css=(_HERE / "grid.css").read_text(encoding="utf-8"),
    js=(_HERE / "grid.js").read_text(encoding="utf-8"),
)


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
) -> None:
    """Show a table and report which rows are chosen.

    table: the rows, already in the order of `ordered(table, key)`.
    columns: column configurations by name, in their order, as for `show_table`.
    key: of the component; it must not depend on what is shown.
    ids: the column that names a row.
    chosen: ids of the marked rows; the arrow keys continue from the last one.
    on_choose: called with the ids of the newly chosen rows.
    several: whether ticks, Ctrl and Shift add rows.
    """
    known = set(table[ids])

    def choose() -> None:
        wanted = [row for row in _sent(key, "choose") or [] if row in known]
        if wanted or several:
            on_choose(wanted)

    draw_grid(
        table,
        columns,
        key,
        label=label,
        height=height,
        ids=table[ids].tolist(),
        chosen=list(chosen),
        several=several,
        on_choose=choose,
    )


def draw_grid(
    table: pd.DataFrame,
    columns: dict,
    key: str,
    label: str,
    height: int,
    ids: Sequence | None = None,
    chosen: Sequence = (),
    several: bool = False,
    on_choose: Callable[[], None] | None = None,
    width: int | str = "stretch",
) -> None:
    """Show a table; without `ids` its rows cannot be chosen."""
    names = shown_columns(table, columns)
    shares = in_percent(table[names], columns)
    sorted_by, ascending = st.session_state.get(_sort(key), (None, True))
    data = {
        "ids": list(range(len(table))) if ids is None else ids,
        "readonly": ids is None,
        "chosen": list(chosen),
        "several": several,
        "height": height,
        "label": label,
        "columns": [
            {
                **_column(name, columns[name], shares[name]),
                "sorted": 0 if name != sorted_by else 1 if ascending else -1,
            }
            for name in names
        ],
    }
    _component(
        key=key,
        data=data,
        width=width,
        on_choose_change=on_choose or _nothing,
        on_sort_change=lambda: _sort_by(key, table, names),
    )


def shown_columns(table: pd.DataFrame, columns: dict) -> list[str]:
    """The known columns that a table has, in their order; empty ones are left out."""
    return [name for name in columns if name in table and not table[name].isna().all()]


def in_percent(table: pd.DataFrame, columns: dict) -> pd.DataFrame:
    """Shares times 100: those are the columns whose format ends in a per cent sign."""
    forms = {name: (columns[name].get("type_config") or {}).get("format") or "" for name in columns}
    return table.assign(**{name: table[name] * 100 for name in table if forms[name].endswith("%%")})


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
    texts = [None if _missing(value) else _text(value).casefold() for value in values]
    return pd.Series(texts, index=values.index, dtype="object")


def _sort_by(key: str, table: pd.DataFrame, names: Sequence[str]) -> None:
    """A click on a heading: numbers from the largest, texts from A; then the other way; then as the page has them."""
    name = _sent(key, "sort")
    if name not in names:
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


def _column(name: str, column: dict, values: pd.Series) -> dict[str, Any]:
    config = column.get("type_config") or {}
    kind = _KINDS.get(config.get("type"), "text")
    if kind in ("bar", "number"):
        cells = [None if pd.isna(value) else value for value in values.tolist()]
    elif kind == "check":
        cells = [None if pd.isna(value) else bool(value) for value in values.tolist()]
    else:
        cells = [None if _missing(value) else _text(value) for value in values]
    made = {"name": name, "label": column["label"], "kind": kind, "values": cells, "help": tooltip(column.get("help"))}
    if config.get("format"):
        made["format"] = config["format"]
    if kind == "bar":
        made["largest"] = config.get("max_value") or 1
    return made


def _missing(value: object) -> bool:
    return not isinstance(value, list | tuple) and bool(pd.isna(value))


def _text(value: object) -> str:
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d %H:%M}"
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def tooltip(markdown: str | None) -> str:
    """An explanation as a tooltip of the browser shows it: without the marks of Markdown."""
    return (markdown or "").replace("`", "").replace("**", "").replace("\n\n", "\n")
