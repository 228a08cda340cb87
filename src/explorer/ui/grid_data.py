"""What the browser gets of a table: its columns as plain values, the rows of a large one packed once, and its links."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from explorer.ui.address import parameters_of
from explorer.ui.kept import Kept, kept_json

WIDE = 140
"""Pixels that a column of long texts gets where there is little room; one that asks for more gets those."""
MIX = "mix"
"""The kind of `mix_column`."""
_KINDS = {"progress": "bar", "number": "number", "checkbox": "check", "datetime": "text", MIX: MIX}
"""Types of Streamlit's column configuration, and of ours, that are not drawn as text."""
_DIGITS = 7
_LINK = "link of "
"""Before the name of a column: the column of what its cells lead to."""


@dataclass(frozen=True)
class Link:
    """Cells that lead to a page: real links, which change the page inside the session when they are clicked.

    page: as in `frame.PAGES`.
    parameter: of the page's address, such as `item`.
    values: of the parameter, in the order of the table's rows; a missing one is no link.
    also: other parameters of the address, the same in every row.
    """

    page: str
    parameter: str
    values: Sequence
    also: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Stored:
    """A large table whose rows go to the browser once and are kept there; which of them are shown, and in which order,
    is sent with each run.

    stamp: tells these rows from all others; it has to change when any of their cells does.
    order: positions of the rows that are shown, in their order.
    changing: columns whose cells are sent with each run instead.
    """

    stamp: str
    order: Sequence[int]
    changing: tuple[str, ...] = ()


def mix_column(label: str, colours: Mapping[str, str], width: int | None = None, help: str | None = None) -> dict:
    """A column of shares as a small stacked bar: its cells are lists of (name, share), the largest first.

    colours: of the names; the others get a grey.
    """
    return {"label": label, "width": width, "help": help, "type_config": {"type": MIX, "colours": dict(colours)}}


def href(page: str, **new: str) -> str:
    """The address of a page as a link on any page has it: to what the page last showed, except for what is new."""
    parameters = parameters_of(page, **new)
    route = page.removeprefix("pages/").removesuffix(".py")
    return ("./" if route == "Start" else route) + (f"?{urlencode(parameters)}" if parameters else "")


def with_links(table: pd.DataFrame, links: Mapping[str, Link] | None) -> pd.DataFrame:
    """The table with what its cells lead to, so that both are put in another order together. One that has it already
    stays as it is."""
    added = {name: link for name, link in (links or {}).items() if name in table and _LINK + name not in table}
    return table.assign(**{_LINK + name: list(link.values) for name, link in added.items()}) if added else table


def column_data(
    name: str, column: dict, table: pd.DataFrame, links: Mapping[str, Link] | None, stored: Stored | None
) -> dict[str, Any]:
    """One column as the browser has it; without its cells if the rows are stored."""
    made = _about(name, column)
    if stored is None or name in stored.changing:
        part = table if stored is None else table.iloc[list(stored.order)]
        made["values"] = _cells(part[name], column)
    if links and name in links:
        link = links[name]
        made["link"] = {"before": start_of(link)}
        if stored is None:
            made["link"]["values"] = _addresses(table[_LINK + name])
    return made


def _about(name: str, column: dict) -> dict[str, Any]:
    config = column.get("type_config") or {}
    made = {"name": name, "label": column["label"], "kind": _kind(column), "help": tooltip(column.get("help"))}
    if config.get("format"):
        made["format"] = config["format"]
    if made["kind"] == "text" and (column.get("width") or 0) > WIDE:
        made["least"] = column["width"]
    if made["kind"] == "bar":
        made["largest"] = config.get("max_value") or 1
    if made["kind"] == MIX:
        made["names"], made["colours"] = list(config["colours"]), list(config["colours"].values())
    return made


def _kind(column: dict) -> str:
    return _KINDS.get((column.get("type_config") or {}).get("type"), "text")


def _cells(values: pd.Series, column: dict) -> list:
    config = column.get("type_config") or {}
    kind = _kind(column)
    if kind in ("bar", "number"):
        values = values * 100 if (config.get("format") or "").endswith("%%") else values
        return [None if pd.isna(value) else value for value in values.tolist()]
    if kind == "check":
        return [None if pd.isna(value) else bool(value) for value in values.tolist()]
    if kind == MIX:
        places = {name: place for place, name in enumerate(config["colours"])}
        return [_mix(value, places) for value in values]
    return [None if missing(value) else text_of(value) for value in values]


def _mix(parts: object, places: Mapping[str, int]) -> list | None:
    """Name and share, in per cent, of each part; a name that has a colour as its place among those."""
    if not isinstance(parts, list | tuple) or not parts:
        return None
    return [[places.get(name, name), round(100 * share, 1)] for name, share in parts]


def start_of(link: Link) -> str:
    """The address of its page up to the value."""
    start = href(link.page, **link.also, **{link.parameter: ""})
    page, _, query = start.partition("?")
    kept = [part for part in query.split("&") if part and part.split("=")[0] != link.parameter]
    return f"{page}?{'&'.join([*kept, link.parameter])}="


def _addresses(values: Sequence) -> list[str | None]:
    return [None if missing(value) else str(value) for value in values]


def packed(
    stored: Stored, table: pd.DataFrame, columns: dict, names: Sequence[str], ids: str, links: Mapping[str, Link] | None
) -> Kept:
    """The rows of a large table, made once: `ids`, `columns` and `links`."""
    fixed = tuple(name for name in names if name not in stored.changing)
    linked = tuple((links or {}).keys())
    return _packed(stored.stamp, fixed, linked, ids, table, columns)


@st.cache_resource(max_entries=16, show_spinner=False)
def _packed(
    stamp: str, names: tuple[str, ...], linked: tuple[str, ...], ids: str, _table: pd.DataFrame, _columns: dict
) -> Kept:
    return kept_json(
        {
            "ids": _table[ids].tolist(),
            "columns": {name: _rounded(_cells(_table[name], _columns[name])) for name in names},
            "links": {name: _addresses(_table[_LINK + name]) for name in linked},
        }
    )


def _rounded(cells: list) -> list:
    """Numbers to as many digits as any cell shows: all of them would be most of the buffer."""
    return [float(f"{cell:.{_DIGITS}g}") if isinstance(cell, float) else cell for cell in cells]


def missing(value: object) -> bool:
    return not isinstance(value, list | tuple) and bool(pd.isna(value))


def text_of(value: object) -> str:
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d %H:%M}"
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def tooltip(markdown: str | None) -> str:
    """An explanation as a tooltip of the browser shows it: without the marks of Markdown."""
    return (markdown or "").replace("`", "").replace("**", "").replace("\n\n", "\n")
