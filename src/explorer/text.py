"""Values as text, one way everywhere; and text from data shown as it is, never read as Markdown, HTML or a spreadsheet
formula."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

_MARKDOWN = re.compile(r"([\\`*_\[\]<>#|~$&]|^[-+=])")
_NUMBERED = re.compile(r"^(\d+)([.)])(?= |$)")
# Emoji codes, colour directives (`:smile:`, `:red[…]`), bare links and typographic replacements (`--`, `->`, `>=`) are
# made from text after Markdown is read, so a backslash does not stop them; an invisible character inside does.
_MADE_LATER = re.compile(r"(?<=[:@])|(?<=www)|(?<=[-<>=~])(?=\\?[-<>=])")
_WORD_JOINER = "\u2060"
# What a spreadsheet runs as a formula, and what looks like one that has been made harmless: so that it can be undone.
_FORMULA = re.compile("'*[=+\\-@\t\r\n＝＋－＠]")
MISSING = "–"
"""What stands for a missing value."""


def md_escape(text: object) -> str:
    """Text on one line that Markdown, Streamlit's included, shows verbatim, `:smile:` too."""
    escaped = _NUMBERED.sub(r"\1\\\2", _MARKDOWN.sub(r"\\\1", " ".join(str(text).split())))
    return _MADE_LATER.sub(_WORD_JOINER, escaped)


def html_escape(text: object) -> str:
    """Text for `st.html`."""
    return html.escape(str(text))


def csv_bytes(table: pd.DataFrame, header: bool = True) -> bytes:
    """A table as CSV for a spreadsheet: lists joined by `|`, and no cell or heading that it would run as a formula.

    header: left out of the later parts of a long table.
    """

    def safe(value: object) -> object:
        return harmless_cell("|".join(map(str, value)) if isinstance(value, list | tuple) else value)

    # Numbers and dates are no text, and long tables are mostly numbers.
    shown = table.copy(deep=False)
    for name in table:
        if table[name].dtype.kind not in "biufcmM":
            shown[name] = table[name].astype(object).map(safe)
    return shown.rename(columns=harmless_cell).to_csv(index=False, header=header).encode("utf-8")


def harmless_cell(value: object) -> object:
    """A value of a CSV file that no spreadsheet runs as a formula: such text stands behind an apostrophe."""
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value


def cell_text(cell: str) -> str:
    """The text that `harmless_cell` was given."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def _missing(value: object) -> bool:
    # Only now: whoever writes files needs this module, and a training that waits for its turn needs no pandas.
    import pandas as pd

    return bool(pd.isna(value))


def percent(share: float) -> str:
    """`0.083` → `8%`, with one digit where it would be 0, and a dash for a missing value."""
    if _missing(share):
        return MISSING
    return f"{share:.1%}" if 0 < share < 0.01 else f"{share:.0%}"


def percent_below(share: float) -> str:
    """The same for a share of what is less, rounded down above 99%: `0.998` → `99%`, as 100% would be all."""
    return percent(share if _missing(share) or share >= 1 else min(share, 0.99))


def number(value: float | None, form: str) -> str:
    """A number in a form like `"{:.2f}"`, or a dash for a missing one."""
    return MISSING if _missing(value) else form.format(value)


def p_value(p: float | None) -> str:
    """`0.031` → `p = .03`; `p = .008` and `p < .001` where it is small; `p unknown` for a missing value."""
    if _missing(p):
        return "p unknown"
    if p < 0.001:
        return "p < .001"
    return "p > .99" if p > 0.99 else f"p = {p:.{2 if p >= 0.01 else 3}f}".replace(" 0.", " .")


def duration(seconds: float) -> str:
    """`95` → `1 min 35 s`, as precise as one wants to know."""
    seconds = max(1, round(seconds))
    if seconds < 60:
        return f"{seconds} s"
    minutes, rest = divmod(seconds, 60)
    if minutes < 10:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    return f"{minutes} min" if minutes < 120 else f"{minutes / 60:.1f} h"


def bytes_text(size: float) -> str:
    """`2400000` → `2.4 MB`."""
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000 or unit == "GB":
            return f"{size:.0f} {unit}" if unit in ("B", "kB") else f"{size:.1f} {unit}"
        size /= 1000
