"""Whom an experiment is about: users who fit a rule, or whose ids are in a file.

A rule is `all`, or conditions joined by `and`:

    history >= 50            known interactions
    Horror >= 40%            share of a genre, or whatever facet the data has, in the history
    list Horror >= 1/3       the same of the recommender's own list
    popularity < 50%         mean popularity percentile of the history: 100% is the most popular item
    year >= 1990             mean release year of the history
    neuron 17 >= 0.5         activation in the units of sliders: 1 is the strongest user
    top 10% of neuron 17     those who have most of any of these; `top 200 of history` counts users

A genre's name stands in quotes where it has a sign or the word `and` in it: `"drum and bass" >= 0.2`.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from explorer.data import Dataset
from explorer.errors import UserError, listed, quoted, shortened
from explorer.measures import COMPARED_LENGTH
from explorer.neurons.audience import genre_shares
from explorer.neurons.profiles import release_years
from explorer.neurons.statistics import percentiles
from explorer.ratio import ratio
from explorer.recommenders import NOTHING, recommend
from explorer.runs import Run

EVERYBODY = "all"
_COMPARE = {">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt, "=": operator.eq}
_NUMBER = r"\d+(?:\.\d+)?(?:%|/\d+)?"
_OUTSIDE_QUOTES = r'(?=(?:[^"]*"[^"]*")*[^"]*$)'
_AND = re.compile(rf"\s+and\s+{_OUTSIDE_QUOTES}", re.IGNORECASE)
_CONDITION = re.compile(rf"(?P<what>.+?)\s*(?P<sign>>=|<=|>|<|=)\s*(?P<number>{_NUMBER}){_OUTSIDE_QUOTES}")
_TOP = re.compile(rf"top\s+(?P<number>{_NUMBER})\s+(?:of\s+)?(?P<what>.+)", re.IGNORECASE)
_FORMS = "history >= 50, Horror >= 40%, neuron 17 >= 0.5, top 10% of neuron 17"


@dataclass(frozen=True, eq=False)
class Cohort:
    """Some users of a run, and what brought them together."""

    users: np.ndarray
    """Row numbers, ascending, int64."""
    rule: str
    """The rule, or the name of the file of ids."""
    found: int
    """Users that fit, of whom `users` may be a sample."""

    def __len__(self) -> int:
        return len(self.users)

    def sample(self, n: int, seed: int) -> Cohort:
        """At most n of them, drawn at random."""
        if n < 1:
            raise UserError(f"The number of users is {n}; it must be at least 1.")
        if n >= len(self):
            return self
        drawn = np.random.default_rng(seed).choice(self.users, n, replace=False)
        return replace(self, users=np.sort(drawn))

    def halves(self, seed: int) -> tuple[Cohort, Cohort]:
        """Two random halves: one to choose a neuron on, and one to report it on."""
        drawn = np.random.default_rng(seed).permutation(self.users)
        first, second = np.sort(drawn[: len(drawn) // 2]), np.sort(drawn[len(drawn) // 2 :])
        return replace(self, users=first), replace(self, users=second)


def cohort_of(run: Run, rule: str = EVERYBODY, n: int | None = None, seed: int = 0) -> Cohort:
    """The users who fit a rule, at most n of them, drawn at random. Raises `UserError` where nobody does."""
    rule = rule.strip() or EVERYBODY
    fits = np.ones(run.dataset.n_users, bool)
    if rule.casefold() != EVERYBODY:
        for condition in _AND.split(rule):
            some, what = _fitting(run, condition.strip())
            if not (fits & some).any():
                raise UserError(f"No user fits {quoted(rule, 120)}: {what}.")
            fits &= some
    users = np.flatnonzero(fits)
    cohort = Cohort(users, rule, len(users))
    return cohort if n is None else cohort.sample(n, seed)


def cohort_of_ids(run: Run, ids: Iterable[object], name: str = "a list of ids") -> Cohort:
    """The users with these ids, each once. Raises `UserError` that says which ids are unknown."""
    rows, unknown = set(), []
    for user in ids:
        try:
            rows.add(run.dataset.user_row(user))
        except UserError:
            unknown.append(shortened(user, 20))
    if unknown:
        raise UserError(
            f"{len(unknown):,} of {len(rows) + len(unknown):,} ids in {name} are not users of {run.dataset.name}: "
            f"{listed(unknown, 5)}."
        )
    if not rows:
        raise UserError(f"There are no ids in {name}; it should have one user id per line.")
    users = np.array(sorted(rows), np.int64)
    return Cohort(users, name, len(users))


def cohort_of_file(run: Run, path: Path) -> Cohort:
    """The users whose ids are in a text file, one per line; of a CSV file, those of the column `user_id`."""
    try:
        lines = Path(path).read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not text in UTF-8"
        raise UserError(f"{path} cannot be read: {reason}.") from None
    cells = [[cell.strip().strip('"') for cell in line.split(",")] for line in lines if line.strip()]
    column = cells[0].index("user_id") if cells and "user_id" in cells[0] else None
    if column is None:
        return cohort_of_ids(run, (",".join(row) for row in cells), Path(path).name)
    return cohort_of_ids(run, (row[column] for row in cells[1:] if len(row) > column), Path(path).name)


def _fitting(run: Run, condition: str) -> tuple[np.ndarray, str]:
    """Which users fit a condition, bool `[n_users]`, and what to say where nobody does."""
    if found := _TOP.fullmatch(condition):
        values = _values(run, found["what"])
        known = np.flatnonzero(~np.isnan(values))
        number = found["number"]
        n = round(_number(number) * len(known)) if not number.isdecimal() else int(number)
        best = known[np.lexsort((known, -values[known]))][: max(n, 1)]
        fits = np.zeros(len(values), bool)
        fits[best[values[best] > 0]] = True
        return fits, f"nobody has {found['what']} above 0" if not fits.any() else "no user fits all conditions"
    if not (found := _CONDITION.fullmatch(condition)):
        raise UserError(f"{quoted(condition, 120)} is not a condition; conditions are, for example, {_FORMS}.")
    values = _values(run, found["what"])
    fits = _COMPARE[found["sign"]](values, _number(found["number"]))
    if fits.any():
        return fits, "no user fits all conditions"
    known = values[~np.isnan(values)]
    between = f"is between {known.min():.3g} and {known.max():.3g}" if len(known) else "is not known of any user"
    return fits, f"{found['what']} {between}"


def _number(text: str) -> float:
    """`0.4`, `40%` or `2/5`."""
    if text.endswith("%"):
        return float(text[:-1]) / 100
    part, slash, whole = text.partition("/")
    if not slash:
        return float(part)
    if not int(whole):
        raise UserError(f"{text} is not a number.")
    return float(part) / int(whole)


def _values(run: Run, what: str) -> np.ndarray:
    """A measure of all users, float64 `[n_users]`; NaN where it is not known of a user."""
    data = run.dataset
    history = data.seen
    lengths = np.diff(history.indptr)
    word, _, rest = what.partition(" ")
    if what.casefold() == "history":
        return lengths.astype(np.float64)
    if what.casefold() == "popularity":
        return ratio(history @ (percentiles(data.items["popularity"].to_numpy()) / 100), lengths)
    if what.casefold() == "year":
        years = release_years(data)
        known = ~np.isnan(years)
        return ratio(history @ np.where(known, years, 0.0), history @ known.astype(np.float64))
    if word.casefold() == "neuron" and re.fullmatch(r"\d{1,9}", rest.strip()):
        neuron = run.neuron(rest.strip())
        return run.reconstruction.user_activations[:, neuron].numpy().astype(np.float64) / float(run.units[neuron])
    if word.casefold() == "list" and rest:
        members = facet_members(data, rest)
        lists = recommend(run.recommender, data.seen, COMPARED_LENGTH)
        there = lists != NOTHING
        return ratio((members[lists] & there).sum(axis=1), there.sum(axis=1))
    return genre_shares(history, facet_members(data, what)[:, None])[:, 0].astype(np.float64)


def facet_members(data: Dataset, name: str) -> np.ndarray:
    """Which items have a facet, bool `[n_items]`; its name may be in quotes, and in any case."""
    return data.genre_matrix[:, data.genres.index(facet_name(data, name))]


def facet_name(data: Dataset, name: str) -> str:
    """A facet's name as the data has it."""
    wanted = name.strip()
    wanted = wanted[1:-1] if len(wanted) > 1 and wanted[0] == wanted[-1] == '"' else wanted
    by_name = {genre.casefold(): genre for genre in data.genres}
    by_name |= {genre: genre for genre in data.genres}
    found = by_name.get(wanted) or by_name.get(wanted.casefold())
    if found is None:
        if not data.genres:
            raise UserError(f"{quoted(wanted)} is not known: {data.name} has no {data.nouns.facets}.")
        some = listed(map(shortened, data.genres), 5)
        raise UserError(
            f"{quoted(wanted)} is neither a {data.nouns.facet} of {data.name} nor history, popularity, year or "
            f"neuron N; its {data.nouns.facets} are {some}."
        )
    return found
