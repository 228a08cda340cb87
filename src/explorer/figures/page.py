"""A page of HTML that needs nothing else: no network, no script; light, dark and on paper."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from explorer.figures.palette import BACKGROUND, PALETTES, Theme
from explorer.text import html_escape

_STYLE = """
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 66rem; padding: 1.5rem 1rem 3rem; background: var(--back); color: var(--text);
  font: 16px/1.45 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; margin: 0 0 .25rem; } h2 { font-size: 1.05rem; margin: 1.75rem 0 .5rem; }
p { margin: .25rem 0; } .about, .muted { color: var(--muted); } .sentence { font-size: 1.2rem; margin: 1rem 0; }
.warning { border-left: 4px solid var(--down); padding-left: .75rem; margin: .5rem 0; }
.tiles { margin-top: 1rem; display: flex; flex-wrap: wrap; gap: .75rem; }
.tile { border: 1px solid var(--grid); border-radius: .5rem;
  padding: .5rem .9rem; } .tile b { display: block; font-size: 1.25rem; }
.lists { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); gap: 0 2rem; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; vertical-align: top; padding: .3rem .5rem;
  border-bottom: 1px solid var(--grid); } th { font-weight: 600; font-size: .85rem; color: var(--muted); }
th { overflow-wrap: normal; }
td.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; width: 1%; }
footer { margin-top: 2rem; font-size: .85rem; color: var(--muted); }
@media print { body { max-width: none; padding: 0; } tr, svg { break-inside: avoid; } }
"""


def html_page(title: str, style: str, body: Sequence[str]) -> str:
    """The whole page; `style` comes after what all pages have, and `body` is HTML."""
    policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
    return "\n".join(
        [
            '<!doctype html><html lang="en"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="color-scheme" content="light dark">',
            f"<title>{html_escape(title)}</title><style>{_colours()}{_STYLE}{style}</style></head><body>",
            *body,
            "</body></html>",
            "",
        ]
    )


def _colours() -> str:
    def variables(theme: Theme) -> str:
        palette = PALETTES[theme]
        muted = "#566070" if theme == "light" else "#A3AEBD"  # text needs more contrast than marks
        return (
            f":root {{ --back: {BACKGROUND[theme]}; --text: {palette.text}; --main: {palette.main}; "
            f"--up: {palette.up}; --down: {palette.down}; --muted: {muted}; --grid: {palette.grid}; }}"
        )

    dark = variables("dark")
    return f"{variables('light')} @media screen and (prefers-color-scheme: dark) {{ {dark} }}"


def tiles(shown: Iterable[tuple[str, str, str]]) -> str:
    """Numbers in boxes: what it is, its value, and what it means."""
    boxes = (
        f'<div class="tile" title="{html_escape(about)}"><b>{html_escape(value)}</b>{html_escape(label)}</div>'
        for label, value, about in shown
    )
    return f'<div class="tiles">{"".join(boxes)}</div>'


def html_row(kind: str, *cells: str, last: str = "") -> str:
    """A row of a table; the cells are HTML, and `kind` and `last` classes of the row and of its last cell."""
    *first, end = cells
    return f'<tr class="{kind}">{"".join(f"<td>{cell}</td>" for cell in first)}<td class="{last}">{end}</td></tr>'


def html_table(heads: Iterable[str], rows: Iterable[str]) -> str:
    """A table of rows that are HTML."""
    head = "".join(f'<th scope="col">{html_escape(each)}</th>' for each in heads)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
