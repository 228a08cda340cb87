"""Cells that are text as numbers, times and ids, in SQL: many at a time, and a reason for each that is none."""

from __future__ import annotations

from collections.abc import Sequence

from explorer.data.limits import MAX_ID_LENGTH
from explorer.data.source.description import TimeFormat
from explorer.data.source.files import literal

FIRST_SECOND, LAST_SECOND = -62_135_596_800, 253_402_300_799
"""The years 1 to 9999 in seconds since 1970; what is beyond is no time."""
_PER_SECOND = {"seconds": 1, "milliseconds": 1_000, "microseconds": 1_000_000}
_CONTROL = r"[\x00-\x1f\x7f-\x{9f}]"
"""Characters that no id has."""


_PLAIN = "[!-~]+"
"""A cell of ASCII without blanks, as most ids are, needs none of the slower looks."""
_WHOLE = "0|-?[1-9][0-9]*"
"""One number has one such text: no plus, no leading zero, no minus zero."""


def trimmed(column: str) -> str:
    """Without blanks around it; an empty cell is NULL."""
    slow = f"nullif(trim({column}, ' \t\u00a0'), '')"
    return f"CASE WHEN regexp_full_match({column}, '{_PLAIN}') THEN {column} ELSE {slow} END"


def verbatim(column: str) -> str:
    """With the blanks around it; a cell of nothing else is NULL."""
    return f"CASE WHEN {trimmed(column)} IS NOT NULL THEN {column} END"


def no_cell(names: Sequence[str]) -> str:
    """Whether a row of columns c0, c1, … has no cell with anything in it."""
    return "coalesce(" + ", ".join(f"c{i}" for i in range(len(names))) + ", NULL) IS NULL"


def number(column: str, decimal: str = ".") -> str:
    """A finite number, DOUBLE; NULL where the cell is none."""
    text = trimmed(column)
    if decimal == ",":
        text = f"CASE WHEN {text} LIKE '%.%' THEN NULL ELSE replace({text}, ',', '.') END"
    value = f"TRY_CAST({text} AS DOUBLE)"
    return f"CASE WHEN isfinite({value}) AND NOT contains({column}, '_') THEN {value} END"


def seconds(column: str, form: TimeFormat, decimal: str = ".") -> str:
    """Seconds since 1970 (UTC where the cell names no zone), BIGINT; NULL where the cell is no time of this form."""
    if form.kind in _PER_SECOND:
        value = f"floor({number(column, decimal)} / {_PER_SECOND[form.kind]})"
    elif form.kind == "iso":
        value = f"floor(epoch(TRY_CAST({trimmed(column)} AS TIMESTAMPTZ)))"
    else:
        value = f"floor(epoch(try_strptime({trimmed(column)}, {literal(form.pattern or '')})))"
    return f"CASE WHEN {value} BETWEEN {FIRST_SECOND} AND {LAST_SECOND} THEN CAST({value} AS BIGINT) END"


def id_fault(column: str, what: str, whole_numbers: bool = False) -> str:
    """Why a cell is no id, as text; NULL if it is one.

    whole_numbers: whether any text but a whole number like 17 is a fault.
    """
    text = trimmed(column)
    usual = f"regexp_full_match({column}, '{_PLAIN}') AND strlen({column}) <= {MAX_ID_LENGTH}"
    usual += f" AND lower({column}) <> 'nan'" if not whole_numbers else f" AND regexp_full_match({column}, '{_WHOLE}')"
    last = f"WHEN NOT regexp_full_match({text}, '{_WHOLE}') THEN {literal(f'has no whole number as {what}')}"
    return (
        f"CASE WHEN {usual} THEN NULL "
        f"WHEN {text} IS NULL OR lower({text}) = 'nan' THEN {literal(f'has no {what}')} "
        f"WHEN length({text}) > {MAX_ID_LENGTH} "
        f"THEN {literal(f'has {what} of more than {MAX_ID_LENGTH} characters')} "
        f"WHEN regexp_matches({text}, {literal(_CONTROL)}) THEN {literal(f'has a control character in its {what}')} "
        + (last if whole_numbers else "")
        + " END"
    )
