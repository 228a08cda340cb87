"""The values of facets: cells split into lists, and spellings of one value brought together."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Collection, Sequence

from explorer.data.limits import MAX_GENRE_LENGTH, MAX_GENRES, MAX_GENRES_PER_ITEM
from explorer.data.source.description import Facet
from explorer.errors import UserError

_NO_GENRES = "(no genres listed)"
_EMPTY = frozenset({"", "nan", "null", "none", "n/a", "na", _NO_GENRES, "unknown", "\\n", "-"})
_NUMBER = re.compile(r"[-+]?[\d.,]+\s*[%+]?")
_TRUE, _FALSE = frozenset({"1", "1.0", "true", "yes", "y", "x", "t"}), frozenset({"0", "0.0", "false", "no", "n", "f"})


def split_cell(cell: str, separator: str | None) -> list[str]:
    """The values in a cell, without blanks around them, each once; what says that there is none is left out."""
    cell = cell.strip()
    if separator == "json":
        parts = _json_values(cell)
    elif separator:
        parts = cell.strip("[]{}").split(separator) if cell[:1] in "[{" and cell[-1:] in "]}" else cell.split(separator)
    else:
        parts = [cell]
    values = (" ".join(part.strip().strip("'\"").split()) for part in parts)
    return list(dict.fromkeys(value for value in values if value.lower() not in _EMPTY))


def _as_written(cell: str, separator: str | None) -> list[str]:
    """The values in a cell, each once, without blanks around them; of what says that there is none only MovieLens'."""
    values = (part.strip() for part in (cell.split(separator) if separator else [cell]))
    return list(dict.fromkeys(value for value in values if value not in ("", _NO_GENRES)))


def _json_values(cell: str) -> list[str]:
    try:
        found = json.loads(cell)
    except ValueError:
        try:
            found = json.loads(cell.replace("'", '"'))  # as Python writes a list
        except ValueError:
            return [cell]
    if isinstance(found, dict):
        found = (
            list(found.values())
            if not all(isinstance(v, bool | int) for v in found.values())
            else [name for name, marked in found.items() if marked]
        )
    if not isinstance(found, list):
        found = [found]
    return [str(part.get("name", "")) if isinstance(part, dict) else str(part) for part in found if part is not None]


def facet_lists(facet: Facet, columns: Sequence[Sequence[str | None]]) -> tuple[list[list[str]], list[str]]:
    """Values per item of one facet, and what was noticed, a sentence each.

    columns: the cells of each column of the facet, item by item; None where there is none.
    """
    n = len(columns[0])
    found: list[list[str]] = [[] for _ in range(n)]
    if facet.flags:
        for name, cells in zip(facet.values or facet.columns, columns, strict=True):
            for row, cell in enumerate(cells):
                if cell is not None and cell.strip().lower() in _TRUE:
                    found[row].append(name)
    else:
        split = _as_written if facet.as_written else split_cell
        for cells in columns:
            lists: dict[str, list[str]] = {}
            for row, cell in enumerate(cells):
                if cell is not None:
                    if cell not in lists:
                        lists[cell] = split(cell, facet.separator)
                    found[row].extend(lists[cell])
    noticed = []
    if facet.merge_spellings:
        found, merged = _merged(found)
        if merged:
            some = ", ".join(f"{' / '.join(spellings)}" for spellings in merged[:3])
            several = f"{len(merged):,} values were" if len(merged) > 1 else "1 value was"
            noticed.append(f"{facet.name}: {several} merged from several spellings, such as {some}.")
    found, cut = _within_limits(found, facet)
    return [list(dict.fromkeys(values)) for values in found], noticed + cut


def _merged(lists: list[list[str]]) -> tuple[list[list[str]], list[tuple[str, ...]]]:
    """With one spelling for all that differ in case and blanks only: the most frequent, of equals the first."""
    counts = Counter(value for values in lists for value in values)
    by_key: dict[str, list[str]] = {}
    for value in counts:
        by_key.setdefault("".join(value.casefold().split()), []).append(value)
    several = {key: spellings for key, spellings in by_key.items() if len(spellings) > 1}
    chosen = {
        spelling: max(spellings, key=lambda name: counts[name])
        for spellings in several.values()
        for spelling in spellings
    }
    if not chosen:
        return lists, []
    return [[chosen.get(value, value) for value in values] for values in lists], [tuple(s) for s in several.values()]


def _within_limits(lists: list[list[str]], facet: Facet) -> tuple[list[list[str]], list[str]]:
    """At most as many values, of such a length, as a data set can have; says what is left out."""
    counts = Counter(value for values in lists for value in values)
    said = []
    long = {value for value in counts if len(value) > MAX_GENRE_LENGTH}
    if long:
        said.append(f"{facet.name}: {len(long):,} values of more than {MAX_GENRE_LENGTH} characters were left out.")
    most = min(facet.at_most or MAX_GENRES, MAX_GENRES)
    kept = [value for value, _ in counts.most_common() if value not in long][:most]
    if len(counts) - len(long) > most:
        said.append(
            f"{facet.name} has {len(counts) - len(long):,} values; the {most:,} that most items carry are used."
        )
    if not said:
        crowded = sum(len(values) > MAX_GENRES_PER_ITEM for values in lists)
        if not crowded:
            return lists, []
        said.append(
            f"{facet.name}: {crowded:,} items have more than {MAX_GENRES_PER_ITEM} values; the first ones are used."
        )
    among = set(kept)
    return [[value for value in values if value in among][:MAX_GENRES_PER_ITEM] for values in lists], said


def told_apart(facet: str, value: str, shared: bool, as_written: bool = False) -> str:
    """A value as it is called everywhere: with its facet where it would not be understood without.

    shared: whether another facet has it too. as_written: whether it is left as it is otherwise.
    """
    said = value.casefold()
    unclear = len(said) < 2 or said in _TRUE | _FALSE or _NUMBER.fullmatch(said) is not None
    if unclear and not as_written:
        return f"{facet} {value}"
    return f"{value} ({facet})" if shared else value


def kept_apart(
    facets: dict[str, list[list[str]]], as_written: Collection[str] = ()
) -> tuple[list[list[str]], dict[str, tuple[str, ...]]]:
    """All values of each item, and the values of each facet in alphabetical order; a value that two facets have is
    written `value (facet)` in both, and one that says nothing by itself, such as 4 or yes, `facet value`.

    as_written: facets whose values are left as they are otherwise. Raises `UserError` if all facets together have too
    many values.
    """
    values = {name: {value for row in lists for value in row} for name, lists in facets.items()}
    owners = Counter(value for own in values.values() for value in own)
    names = {
        (name, value): told_apart(name, value, owners[value] > 1, name in as_written)
        for name, own in values.items()
        for value in own
    }
    if len(names) > MAX_GENRES:
        raise UserError(
            f"The facets have {len(names):,} values together, at most {MAX_GENRES:,} are allowed; limit one with "
            "at_most, or leave one out."
        )
    n = len(next(iter(facets.values()))) if facets else 0
    together = [[names[name, value] for name, lists in facets.items() for value in lists[row]] for row in range(n)]
    return together, {name: tuple(sorted(names[name, value] for value in own)) for name, own in values.items()}
