"""Which file says who has what, and what its columns and its numbers mean."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd

from explorer.data.source.description import Interactions, Ratings, TimeFormat
from explorer.data.source.guess_work import Work
from explorer.data.source.roles import (
    cells_of,
    list_separator,
    most_numbers_of,
    numbers_of,
    plain_name,
    role_of,
    time_formats,
)
from explorer.data.source.sniff import Sample
from explorer.errors import UserError, listed, quoted

_SCALE = 20
"""Largest number of a scale of ratings; a column with larger ones counts."""


def interactions_sample(work: Work) -> Sample:
    """The file that says who has what: of those that could, the one with the most rows per item."""
    for sample in work.samples:
        if work.named(sample, "user"):
            return sample
    able = [s for s in work.samples if s.form.form in ("lists", "matrix") or _pair(work, s) is not None]
    if not able:
        seen = listed([quoted(c) for s in work.samples for c in s.table], most=12)
        raise UserError(
            f"No file says who has which item; its columns are {seen}. Name them: --map user=COLUMN --map item=COLUMN."
        )
    by_ending = {".inter": 2, ".item": -1, ".user": -1}
    return max(able, key=lambda s: (by_ending.get(s.path.suffix, 0), s.path.stat().st_size))


def _pair(work: Work, sample: Sample) -> tuple[str, str] | None:
    user = work.column(sample, "user")
    item = work.column(sample, "item", [user])
    if user and item:
        return user, item
    if not sample.form.header and sample.form.form == "table" and sample.table.shape[1] >= 2:
        columns = list(sample.table)
        if len(work.samples) == 1 or sample.path.stat().st_size == max(s.path.stat().st_size for s in work.samples):
            return columns[0], columns[1]
    return None


def interactions_of(work: Work, sample: Sample) -> Interactions:
    """The interactions that a file holds, those of its sisters included."""
    files = tuple(str(s.path) for s in work.samples if _same_form(work, s, sample))
    if sample.form.form == "lists":
        return _lists(work, sample, files)
    if sample.form.form == "matrix":
        return _matrix(work, sample, files)
    pair = _pair(work, sample)
    user = work.named(sample, "user") or (pair and pair[0])
    item = work.named(sample, "item") or (pair and pair[1])
    if user is None or item is None:
        raise UserError(
            f"{sample.path.name} has no column that looks like {'users' if user is None else 'items'}; it has "
            f"{listed(map(quoted, sample.table))}. Name it: --map {'user' if user is None else 'item'}=COLUMN."
        )
    separator = list_separator(cells_of(sample.table[item]))
    if separator:
        answer = work.ask(
            "item_lists",
            f"Cells of {item} look like lists, such as {quoted(cells_of(sample.table[item])[0])}: is each an item?",
            [("split", "yes, split them"), ("whole", "no, a cell is one item")],
            "split" if separator == "json" or plain_name(item).endswith("s") else "whole",
        )
        separator = separator if answer == "split" else None
    rest = [column for column in sample.table if column not in (user, item)]
    rating = _rating(work, sample, rest)
    time, time_format = _time(work, sample, [c for c in rest if rating is None or c != rating.column])
    return Interactions(
        files=files,
        format=sample.form,
        user=user,
        item=item,
        item_separator=separator,
        rating=rating,
        time=time,
        time_format=time_format,
    )


def _same_form(work: Work, one: Sample, other: Sample) -> bool:
    return one is other or (
        one.form == other.form and list(one.table) == list(other.table) and other.form.form != "lists"
    )


def _lists(work: Work, sample: Sample, files: tuple[str, ...]) -> Interactions:
    separator = sample.form.separator
    firsts = [line.split(None if separator == " " else separator)[:1] for line in sample.table["line"] if line]
    firsts = [first[0].strip() for first in firsts if first]
    unique = len(set(firsts)) == len(firsts) and len(firsts) > 1
    answer = work.ask(
        "lists",
        f"Each line of {sample.path.name} is a list. Is its first entry the user, or an item like the others?",
        [("user-first", "the user"), ("items-only", "an item; each line is a user without an id")],
        "user-first" if unique and separator == " " else "items-only",
    )
    return Interactions(
        files=files,
        format=sample.form,
        user="1" if answer == "user-first" else None,
        item_separator=None if separator == " " else separator,
    )


def _matrix(work: Work, sample: Sample, files: tuple[str, ...]) -> Interactions:
    first = next(iter(sample.table))
    ids = cells_of(sample.table[first])
    has_ids = role_of(first) == "user" or not first or numbers_of(ids) is None
    what = "user" if has_ids else _first_column(work, sample)
    values = [v for c in list(sample.table)[1:] for v in numbers_of(cells_of(sample.table[c])) or []]
    work.noticed.append(
        f"{sample.path.name} is read as a table with a row per user and a column per item; an empty cell is "
        "not an interaction."
    )
    seen = _seen(work, sample.path.name, values)
    threshold = _threshold(work, "the cells", values, seen)
    return Interactions(
        files=files,
        format=sample.form,
        user=first if what == "user" else None,
        ignored=(first,) if what == "ignore" else (),
        rating=Ratings(column="cell", threshold=threshold, seen=seen),
    )


def _first_column(work: Work, sample: Sample) -> str:
    """What the first column of a matrix is, where its cells are numbers: `user`, `ignore` or `item`; asked where they
    look like ids, or like how many values their rows have."""
    columns = list(sample.table)
    first = pd.to_numeric(sample.table[columns[0]], errors="coerce")
    rest = sample.table[columns[1:]].apply(pd.to_numeric, errors="coerce")
    filled = rest.notna().sum(axis=1)
    # 99 says "not rated" in matrices that have a number in every cell.
    counts = max((first == filled).mean(), (first == filled - (rest == 99).sum(axis=1)).mean()) > 0.9
    ids = first.notna().all() and (first % 1 == 0).all() and first.is_unique and first.max() > _SCALE
    if not counts and not ids:
        return "item"
    looks = "how many values each row has" if counts else "ids of users"
    return work.ask(
        "first_column",
        f"The first column of {sample.path.name} looks like {looks}. What is it?",
        [("ignore", "no item: leave it out"), ("user", "ids of users"), ("item", "an item like the others")],
        "ignore" if counts else "user",
    )


def _rating(work: Work, sample: Sample, rest: list[str]) -> Ratings | None:
    column = work.named(sample, "rating") or work.named(sample, "count")
    wanted = [role for role in ("rating", "count") if not work.none(role)]
    column = column or next((c for c in rest if role_of(c) in wanted), None)
    if column is None and len(wanted) == 2 and not sample.form.header and len(rest) >= 1:
        numbers = most_numbers_of(cells_of(sample.table[rest[0]]), sample.form.decimal)
        column = rest[0] if numbers and max(numbers) < 1e6 else None
    if column is None:
        return None
    numbers = most_numbers_of(cells_of(sample.table[column]), sample.form.decimal)
    if numbers is None:
        if not work.named(sample, "rating"):
            work.noticed.append(f"{column} of {sample.path.name} is not used: its cells are not numbers.")
            return None
        numbers = []
    counting = bool(work.named(sample, "count")) or role_of(column) == "count"
    large = bool(numbers) and max(numbers) > _SCALE and all(n == int(n) and n >= 0 for n in numbers)
    if counting or large:
        answer = work.ask(
            "meaning",
            f"Is {column} (up to {max(numbers, default=0):g}) how often, or how much somebody likes an item?",
            [("count", "how often"), ("rating", "a rating")],
            "count",
        )
        if answer == "count":
            return Ratings(column=column, meaning="count")
    seen = _seen(work, column, numbers)
    return Ratings(column=column, threshold=_threshold(work, column, numbers, seen), seen=seen)


def _seen(work: Work, what: str, numbers: list[float]) -> tuple[float, ...]:
    """Values that are no ratings: asked about where there are such as -1, 0 or 99 beside a scale."""
    values = set(numbers)
    scale = {v for v in values if v > 0 and v != 99}
    odd = sorted({v for v in values if v in (0, -1, 99) and scale})
    if not odd or (min(values) < -1 and 99 not in values):
        return ()
    if min(values) < -1:
        odd = [99.0]
    said = listed([f"{v:g}" for v in odd])
    answer = work.ask(
        "seen",
        f"Does {said} in {what} mean that the item was seen, but not rated?",
        [("yes", "yes: it does not count as liking"), ("no", "no: it is a rating like the others")],
        "yes",
    )
    return tuple(odd) if answer == "yes" else ()


def _threshold(work: Work, what: str, numbers: list[float], seen: tuple[float, ...]) -> float | None:
    values = sorted(set(numbers) - set(seen))
    if len(values) < 2:
        return None
    usual = sorted(n for n in numbers if n not in seen)[len(numbers) // 2 :][:1]
    steps = values if len(values) <= 12 else _round_steps(values)
    low = min(values) < 0
    suggested = "0" if low and 0.0 in steps else "all"
    answer = work.ask(
        "threshold",
        f"From which value of {what} on does somebody like an item? The middle one is "
        f"{usual[0] if usual else values[len(values) // 2]:g}.",
        [("all", "every rating counts"), *((f"{v:g}", f"{v:g} or more") for v in steps[1:] or steps)],
        suggested if suggested == "all" or f"{0.0:g}" in [f"{v:g}" for v in steps[1:]] else "all",
    )
    return None if answer in (None, "all") else _number(answer, what)


def _time(work: Work, sample: Sample, rest: list[str]) -> tuple[str | None, TimeFormat | None]:
    if work.none("time"):
        return None, None
    column = work.named(sample, "time") or next((c for c in rest if role_of(c) == "time"), None)
    if column is None and not sample.form.header:
        column = next((c for c in rest if time_formats(cells_of(sample.table[c]))), None)
    if column is None:
        return None, None
    cells = cells_of(sample.table[column])
    found = time_formats(cells, sample.form.decimal)
    if not found:
        work.noticed.append(
            f"{column} of {sample.path.name} is not used: {quoted(cells[0] if cells else '')} has no known form."
        )
        return None, None
    if len(found) == 1:
        return column, found[0]
    by_pattern = {form.pattern: form for form in found}
    answer = work.ask(
        "time",
        f"How is {quoted(cells[0])} in {column} read?",
        [(pattern, _pattern_words(pattern)) for pattern in by_pattern],
        None,
    )
    return column, by_pattern.get(answer, found[0])


def _round_steps(values: Sequence[float]) -> list[float]:
    """About ten round numbers across a scale of many values; 0 is among them if it is inside."""
    span = values[-1] - values[0]
    size = 10.0 ** math.floor(math.log10(span / 5))
    step = next(size * n for n in (1, 2, 5, 10) if span / (size * n) <= 12)
    return [round(step * n, 10) for n in range(math.ceil(values[0] / step), math.floor(values[-1] / step) + 1)]


def _number(text: str, what: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise UserError(f"{quoted(text)} is not a number for {what}.") from None


def _pattern_words(pattern: str) -> str:
    words = {"%d": "day", "%m": "month", "%Y": "year", "%y": "year", "%H": "hour", "%M": "minute", "%S": "second",
             "%b": "month", "%B": "month", "%I": "hour", "%p": "am or pm"}  # fmt: skip
    for sign, word in words.items():
        pattern = pattern.replace(sign, word)
    return pattern
