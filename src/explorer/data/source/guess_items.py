"""Which file says what the items are, and which of its columns are titles, years and facets."""

from __future__ import annotations

import re

from explorer.data.nouns import Nouns
from explorer.data.source.description import Facet, Interactions, Items
from explorer.data.source.guess_words import nouns_of, plural, singular, with_facets
from explorer.data.source.guess_work import Work
from explorer.data.source.roles import cells_of, list_separator, numbers_of, plain_name, role_of, time_formats
from explorer.data.source.sniff import Sample
from explorer.errors import listed, quoted

MANY_VALUES = 1500
"""Values of a facet from which on it is said how many there are."""
FEW_VALUES = 300
"""Values of a column that nobody would take for a facet by its name, at most."""
_LONG_TEXT = 80


def items_of(work: Work, main: Sample, who: Interactions) -> tuple[Items | None, tuple[Facet, ...], Nouns]:
    """The items table, its facets, and what both are called; no table where no file has a row per item."""
    sample, id_column = _items_sample(work, main, who)
    nouns = nouns_of([*((who.item and [who.item]) or []), *((id_column and [id_column]) or []), main.path.stem])
    if sample is None:
        _say_unused(work, main, who, None, ())
        return None, (), nouns
    own = {who.user, who.time, who.rating and who.rating.column} if sample is main else set()
    title = work.named(sample, "title") or work.column(sample, "title", [id_column, *own])
    if title is None and not sample.form.header and not work.none("title"):
        title = next((c for c in list(sample.table)[1:] if numbers_of(cells_of(sample.table[c])) is None), None)
    if title is None and not work.none("title"):
        title = next(
            (
                c
                for c in sample.table
                if role_of(c) == "item" and c != id_column and numbers_of(cells_of(sample.table[c])) is None
            ),
            None,
        )
    year = work.named(sample, "year") or work.column(sample, "year", [id_column, title, *own])
    in_title = False
    if year is None and title is not None:
        titles = cells_of(sample.table[title])
        in_title = sum(bool(re.search(r"\(\d{4}\)\s*$", t)) for t in titles) > 0.5 * len(titles)
    facets = _facets(work, sample, {id_column, title, year, *own})
    about = Items(
        files=(str(sample.path),), format=sample.form, id=id_column, title=title, year=year, year_in_title=in_title
    )
    used = {column for facet in facets for column in facet.columns}
    _say_unused(work, sample, who, about, used)
    if facets:
        first = facets[0].name
        facet_nouns = (first, facets[0].plural or plural(first)) if len(facets) == 1 else ("facet", "facets")
        nouns = with_facets(nouns, facet_nouns)
    return about, facets, nouns


def _items_sample(work: Work, main: Sample, who: Interactions) -> tuple[Sample | None, str | None]:
    """The file with a row per item, and its column of ids; the interactions themselves where they hold titles."""
    if who.item is not None:
        wanted = set(cells_of(main.table[who.item])) if who.item in main.table else set()
        best, overlap = None, 0.0
        for sample in work.samples:
            if sample is main or (sample.form.form != "table" and sample.form.form not in ("parquet", "jsonl")):
                continue
            if str(sample.path) in who.files:
                continue
            for column in sample.table:
                cells = cells_of(sample.table[column])
                if len(cells) < 0.9 * len(sample.table) or len(set(cells)) < 0.98 * len(cells):
                    continue
                shared = len(wanted & set(cells)) / max(1, min(len(wanted), len(set(cells))))
                shared += 0.5 * (work.named(sample, "id") == column)
                shared += 0.2 * (plain_name(column) == plain_name(who.item)) + 0.1 * (
                    role_of(column) in ("id", "item") or column == "1"
                )
                if role_of(column) == "user" and work.named(sample, "id") != column:
                    continue
                if shared > max(overlap, 0.15):
                    best, overlap = (sample, column), shared
        if best is not None:
            return best
    own = [c for c in main.table if role_of(c) in ("title", "facet", "year") and c != who.item]
    if main.form.form in ("table", "parquet", "jsonl") and own and who.item and who.item_separator is None:
        return main, who.item
    return None, None


def _facets(work: Work, sample: Sample, taken: set[str | None]) -> tuple[Facet, ...]:
    if work.none("facet"):
        return ()
    rest = [column for column in sample.table if column not in taken]
    flags = [c for c in rest if set(cells_of(sample.table[c])) <= {"0", "1"} and cells_of(sample.table[c])]
    named = [c for c in work.mapped.get("facet", ()) if c in sample.table]
    facets = []
    for column in named or rest:
        if column in flags and not named:
            continue
        cells = cells_of(sample.table[column])
        if not named and not _facet_like(work, sample, column, cells):
            continue
        separator = _recbole_separator(column) or list_separator(cells)
        name = " ".join(re.sub(r"[_\-:]+", " ", column.split(":")[0]).split()).lower() or f"column {column}"
        facets.append(Facet(name=singular(name), plural=plural(singular(name)), columns=(column,), separator=separator))
        parts = {
            p.strip() for cell in cells for p in (cell.split(separator) if separator not in (None, "json") else [cell])
        }
        if len(parts) > MANY_VALUES:
            work.noticed.append(
                f"{column} has {len(parts):,} different values in the first {len(cells):,} rows; such a facet "
                "names few neurons. Leave it out, or limit it with at_most."
            )
    if len(flags) >= 3 and not named:
        facets.append(Facet(name="kind", plural="kinds", columns=tuple(flags), flags=True))
        work.noticed.append(f"{len(flags)} columns of 0 and 1, such as {flags[0]}, are read as one facet, kind.")
    return tuple(facets)


def _facet_like(work: Work, sample: Sample, column: str, cells: list[str]) -> bool:
    if not cells or numbers_of(cells, sample.form.decimal) is not None:
        return False
    if sum(map(len, cells)) / len(cells) > _LONG_TEXT and list_separator(cells) is None:
        return False
    if role_of(column) == "facet" or _recbole_separator(column):
        return True
    if role_of(column) in ("user", "time", "title", "item", "id") or time_formats(cells[:50]):
        return False
    different = len(set(cells))
    return 2 <= different <= FEW_VALUES and different <= 0.5 * len(cells)


def _say_unused(work: Work, sample: Sample, who: Interactions, about: Items | None, used) -> None:
    known = {who.user, who.item, who.time, who.rating and who.rating.column, *used}
    known |= {about.id, about.title, about.year} if about else set()
    if sample.form.form in ("lists", "matrix"):
        return
    unused = [column for column in sample.table if column not in known]
    if unused:
        work.noticed.append(
            f"Not used of {sample.path.name}: {listed(map(quoted, unused), most=8)}. To have one as a facet: --map "
            "facet=COLUMN."
        )


def _recbole_separator(column: str) -> str | None:
    return " " if column.endswith((":token_seq", ":float_seq")) else None
