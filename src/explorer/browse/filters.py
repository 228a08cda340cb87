"""Which neurons are shown and in which order, as one value: it stands in an address or on a command line as a line of
text, and says in sentences what it did not understand of one.

    held_out>=0.8; density_items<=0.05; about=Horror|Sci-Fi; verdict=real|partly; only=named|significant
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import quote, unquote

import numpy as np
import pandas as pd

from explorer.audit.values import STANDINGS
from explorer.browse.overview import PARTS
from explorer.browse.table import about
from explorer.errors import UserError, listed, shortened
from explorer.neurons.purity import SIGNIFICANCE
from explorer.runs import Run
from explorer.stability import STABLE

SHARES = ("ap", "held_out", "purity", "name_holds", "density_items", "density_users")
"""Columns of `neuron_table` from 0 to 1 that a range may be asked of, and that are shown in per cent."""
MEASURES = (*SHARES, "p", "stability", "stability_seed", "popularity", "year", "reviews", "level")
"""All columns that a range may be asked of."""
ONLY = ("named", "significant", "stable", "trusted")
"""Of `only`: with a name that holds; significant (p < .01); stable; without a warning about its name."""
SORTABLE = ("neuron", "label", "genre", "standing", "flags", *MEASURES)
_LISTS = {"verdict": STANDINGS, "part": PARTS, "only": ONLY}
_CONDITION = re.compile(r"\s*([A-Za-z_]+)\s*(<=|>=|=|<|>)\s*(.*?)\s*$", re.DOTALL)
_BETWEEN = re.compile(r"\s*;\s*|\s+and\s+(?=[A-Za-z_]+\s*[<>=])")
_KEPT = " ,.&'()!?/:+-"
"""Characters of a facet's name that stand in a line of text as they are."""
_TEXTS = ("label", "genre", "standing", "flags")
"""Columns whose order starts at A; that of the others at the largest number."""

Range = tuple[float | None, float | None]


@dataclass(frozen=True)
class NeuronFilter:
    """What is asked of the neurons; the default lets all through, the clearest first."""

    ranges: Mapping[str, Range] = field(default_factory=dict)
    """By measure: at least, at most; None where that end is open. A missing value is in no range."""
    about: tuple[str, ...] = ()
    """Values of facets: neurons that are about at least one of them (`table.about`); of several facets, of each."""
    verdict: tuple[str, ...] = ()
    """Standings of the audit, of which each neuron has one."""
    part: tuple[str, ...] = ()
    """Of `overview.PARTS`."""
    only: tuple[str, ...] = ()
    """Of `ONLY`, all of which have to be so."""
    sort: str = ""
    """A column of `SORTABLE`; empty: how well a search matches, else the clearest first."""
    ascending: bool = False

    @property
    def empty(self) -> bool:
        """Whether every neuron is let through."""
        return not (self.ranges or self.about or self.verdict or self.part or self.only)

    def cleared(self) -> NeuronFilter:
        """The same order, and every neuron."""
        return NeuronFilter(sort=self.sort, ascending=self.ascending)

    def ranged(self, name: str, low: float | None, high: float | None) -> NeuronFilter:
        """The same with another range of one measure; without one if both ends are open."""
        ranges = {key: value for key, value in self.ranges.items() if key != name}
        if low is not None or high is not None:
            ranges[name] = (low, high)
        return replace(self, ranges=ranges)

    def sorted_by(self, column: str) -> NeuronFilter:
        """After a click on a heading: the column's own first direction, then the other, then none."""
        first = column in _TEXTS
        if self.sort != column:
            return replace(self, sort=column, ascending=first)
        if self.ascending == first:
            return replace(self, ascending=not first)
        return replace(self, sort="", ascending=False)


# --- as text


def filter_text(asked: NeuronFilter) -> str:
    """The filter without its order as a line of text; empty if it lets all through."""
    parts = []
    for name, (low, high) in asked.ranges.items():
        parts += [f"{name}>={_number(low)}"] if low is not None else []
        parts += [f"{name}<={_number(high)}"] if high is not None else []
    for name in ("about", *_LISTS):
        if values := getattr(asked, name):
            parts.append(f"{name}={'|'.join(quote(value, safe=_KEPT) for value in values)}")
    return ";".join(parts)


def sort_text(asked: NeuronFilter) -> str:
    """The order: `ap`, `-ap` from the largest; empty for the clearest first."""
    return f"{'' if asked.ascending else '-'}{asked.sort}" if asked.sort else ""


def read_filter(text: str, sort: str = "", facets: Iterable[str] = ()) -> tuple[NeuronFilter, list[str]]:
    """The filter of `filter_text` and `sort_text`, and a sentence on each part that was not understood, which is left
    out.

    text: conditions separated by `;` or `and`; a share may be `0.8` or `80%`.
    facets: those of the data set.
    """
    asked, problems = NeuronFilter(), []
    for part in _BETWEEN.split(text.strip()):
        if not part:
            continue
        try:
            asked = _with(asked, part, set(facets), problems)
        except UserError as problem:
            problems.append(str(problem))
    column = sort.removeprefix("-").strip()
    if column in SORTABLE:
        asked = replace(asked, sort=column, ascending=not sort.startswith("-"))
    elif column:
        problems.append(f"Neurons cannot be sorted by {_quoted(column)}; choose {listed(SORTABLE, most=20)}.")
    return asked, problems


def checked_filter(text: str, sort: str = "", facets: Iterable[str] = ()) -> NeuronFilter:
    """`read_filter` for a command: what is not understood is an error."""
    asked, problems = read_filter(text, sort, facets)
    if problems:
        raise UserError(" ".join(problems))
    return asked


def _with(asked: NeuronFilter, part: str, facets: set[str], problems: list[str]) -> NeuronFilter:
    found = _CONDITION.match(part)
    if not found:
        raise UserError(f"{_quoted(part)} is not a condition; write one like “held_out >= 0.8”.")
    name, relation, value = found[1].lower(), found[2], found[3]
    if name in _LISTS or name == "about":
        if relation != "=":
            raise UserError(f"{_quoted(part)} is not a condition; {name} needs “=”.")
        values = tuple(dict.fromkeys(unquote(one.strip()) for one in value.split("|") if one.strip()))
        known = {one.casefold(): one for one in (facets if name == "about" else _LISTS[name])}
        if unknown := [one for one in values if one.casefold() not in known]:
            there = f"choose {listed(sorted(known.values()), most=8)}" if known else "this data set has none"
            problems.append(f"There is no {_quoted(', '.join(unknown))} for {name}; {there}.")
        return replace(asked, **{name: tuple(known[one.casefold()] for one in values if one.casefold() in known)})
    if name not in MEASURES:
        names = listed([*MEASURES, "about", *_LISTS], most=20)
        raise UserError(f"Neurons have no measure {_quoted(found[1])}; choose {names}.")
    number = _read_number(name, value, part)
    low, high = asked.ranges.get(name, (None, None))
    if relation in (">", "<"):  # a strict end is the next number
        number = float(np.nextafter(number, np.inf if relation == ">" else -np.inf))
    low = number if relation in (">", ">=", "=") else low
    high = number if relation in ("<", "<=", "=") else high
    if low is not None and high is not None and low > high:
        raise UserError(f"{name} cannot be at least {_number(low)} and at most {_number(high)}.")
    return asked.ranged(name, low, high)


def _read_number(name: str, text: str, part: str) -> float:
    """Popularity is a percentile, from 0 to 100: `80%` of it is 80."""
    try:
        number = float(text.removesuffix("%")) / (100 if text.endswith("%") and name != "popularity" else 1)
    except ValueError:
        number = np.nan
    if not np.isfinite(number):
        raise UserError(f"{_quoted(text)} in {_quoted(part)} is not a number.")
    return number


def _number(value: float) -> str:
    """As short as it can be read back."""
    return repr(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(float(value))


def _quoted(text: str) -> str:
    return f"“{shortened(text)}”"


# --- applied


def by_facet(values: Iterable[str], facet_of: Mapping[str, str]) -> dict[str, list[str]]:
    """Values by the facet that they are of, in their order; all under "" where a data set has one facet."""
    found: dict[str, list[str]] = {}
    for value in values:
        found.setdefault(facet_of.get(value, ""), []).append(value)
    return found


def matching(asked: NeuronFilter, table: pd.DataFrame, run: Run, among: np.ndarray | None = None) -> np.ndarray:
    """Positions of the rows of `neuron_table` that match, in the order asked for.

    among: positions that a search found, best first; None without one.
    """
    passes = np.ones(len(table), bool)
    for name, (low, high) in asked.ranges.items():
        values = table[name].to_numpy(float)
        with np.errstate(invalid="ignore"):
            passes &= values >= (-np.inf if low is None else low)
            passes &= values <= (np.inf if high is None else high)
    if asked.about:
        for values in by_facet(asked.about, run.dataset.facet_of).values():
            passes &= np.logical_or.reduce([about(run, value) for value in values])
    if asked.verdict:
        passes &= table["standing"].isin(asked.verdict).to_numpy()
    if asked.part:
        passes &= table["part"].isin(asked.part).to_numpy()
    for name in asked.only:
        passes &= _is(name, table)
    if among is not None:
        places = np.asarray(among, int)
        places = places[passes[places]]
        return places if not asked.sort else places[_order(asked, table.iloc[places])]
    places = np.flatnonzero(passes)
    return places[_order(asked, table.iloc[places])]


def _is(name: str, table: pd.DataFrame) -> np.ndarray:
    with np.errstate(invalid="ignore"):
        return {
            "named": lambda: table["named"].to_numpy(bool),
            "significant": lambda: (table["p"] < SIGNIFICANCE).to_numpy(bool),
            "stable": lambda: (table["stability"] >= STABLE).to_numpy(bool),
            "trusted": lambda: (table["flags"] == "").to_numpy(bool),
        }[name]()


def _order(asked: NeuronFilter, rows: pd.DataFrame) -> np.ndarray:
    """Places of the rows in the order asked for; what is missing comes last, and ties are in the order of numbers.

    The clearest first: named ones, then those that detect their facet best by average precision (by purity where that
    was not measured), then the densest on items.
    """
    if not asked.sort:
        best = rows["ap"] if rows["ap"].notna().any() else rows["purity"]
        keys = [~rows["named"].to_numpy(bool), -best.fillna(-1).to_numpy(float), -rows["density_items"].to_numpy(float)]
        return np.lexsort(keys[::-1])
    values = rows[asked.sort]
    if asked.sort in _TEXTS:
        values = values.astype("str").str.casefold().where(values.notna() & (values != ""))
    ranks = values.rank(method="dense", ascending=asked.ascending, na_option="bottom")
    return np.argsort(ranks.to_numpy(), kind="stable")
