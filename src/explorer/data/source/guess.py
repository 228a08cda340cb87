"""What files say of themselves: a first description, the questions that only a person answers, and what was noticed."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from explorer.data.nouns import Nouns
from explorer.data.source.description import (
    Facet,
    Interactions,
    Items,
    Ratings,
    SourceDescription,
    TimeFormat,
)
from explorer.data.source.roles import (
    cells_of,
    list_separator,
    most_numbers_of,
    numbers_of,
    plain_name,
    role_of,
    time_formats,
)
from explorer.data.source.sniff import Sample, sniff
from explorer.errors import UserError, listed, printable, quoted, shortened

PREVIEW_ROWS = 20
MANY_VALUES = 1500
"""Values of a facet from which on it is said how many there are."""
FEW_VALUES = 300
"""Values of a column that nobody would take for a facet by its name, at most."""
ROLES = ("user", "item", "rating", "count", "time", "id", "title", "year", "facet")
"""What `--map` can name."""
_LONG_TEXT = 80
_SCALE = 20
"""Largest number of a scale of ratings; a column with larger ones counts."""
_READABLE = (
    ".csv", ".tsv", ".txt", ".dat", ".data", ".item", ".user", ".inter", ".parquet", ".jsonl", ".json", ".ndjson",
    ".gz", ".zst", ".bz2",
)  # fmt: skip
_NOUNS = {
    "book": "books", "movie": "movies", "film": "films", "song": "songs", "track": "tracks", "artist": "artists",
    "hotel": "hotels", "product": "products", "article": "articles", "joke": "jokes", "game": "games",
    "recipe": "recipes", "beer": "beers", "restaurant": "restaurants", "course": "courses", "video": "videos",
    "place": "places", "listing": "listings", "venue": "venues",
}  # fmt: skip


@dataclass(frozen=True)
class Option:
    """One answer to a question."""

    value: str
    label: str


@dataclass(frozen=True)
class Question:
    """What the files leave open.

    key: by which it is answered. text: the question. options: its answers. suggested: the likeliest; None: it has to
    be answered.
    """

    key: str
    text: str
    options: tuple[Option, ...]
    suggested: str | None


@dataclass(frozen=True)
class Guess:
    """A description that was guessed.

    questions: what is open or was decided by a suggestion. noticed: sentences. previews: the first rows of each file as
    text, by its path. answers: those that the description already follows.
    """

    description: SourceDescription
    questions: tuple[Question, ...]
    noticed: tuple[str, ...]
    previews: Mapping[str, pd.DataFrame]
    answers: Mapping[str, str] = field(default_factory=dict)

    @property
    def open(self) -> tuple[Question, ...]:
        """Questions without a suggestion that are not answered."""
        return tuple(q for q in self.questions if q.suggested is None and q.key not in self.answers)


def guess_source(
    paths: Sequence[Path],
    name: str | None = None,
    mapped: Mapping[str, Sequence[str]] | None = None,
    answers: Mapping[str, str] | None = None,
) -> Guess:
    """Guess the description of some files, or of all files of a folder.

    mapped: columns that a person names, by their role (one of `ROLES`); of facets there may be several; none of a
        role: nothing is it.
    answers: to questions, by their keys.
    Raises `UserError` if there is no file with users and items.
    """
    mapped, answers = mapped or {}, answers or {}
    if unknown := sorted(set(mapped) - set(ROLES)):
        raise UserError(f"{quoted(unknown[0])} is not what a column can be; it is one of {listed(ROLES)}.")
    files, noticed, samples = _files(paths), [], []
    named = {column for columns in mapped.values() for column in columns}
    for path in files:
        said = answers.get(header_key(path))
        try:
            samples.append(sniff(path, named, None if said is None else said == "yes"))
        except UserError as error:
            if len(files) == 1:
                raise
            noticed.append(f"Not used: {error}")
    if not samples:
        raise UserError(f"None of the {len(files)} files can be read: {noticed[0].removeprefix('Not used: ')}")
    work = _Work(samples, mapped, answers, noticed)
    description = work.describe(name or _name(paths))
    previews = {str(sample.path): sample.table.head(PREVIEW_ROWS) for sample in samples}
    _check_answers(work.questions, answers)
    return Guess(description, tuple(work.questions), tuple(work.noticed), previews, dict(answers))


def header_key(path: Path) -> str:
    """The key of the question whether a file's first line is its header."""
    return f"header:{path.name}"


def answered(guess: Guess, paths: Sequence[Path], answers: Mapping[str, str], mapped=None) -> Guess:
    """The guess with further answers."""
    return guess_source(paths, guess.description.name, mapped, {**guess.answers, **answers})


def roles_of(description: SourceDescription) -> dict[str, list[str]]:
    """The columns that a description uses, by role, as `guess_source` takes them."""
    who, items = description.interactions, description.items
    found = {role: [] for role in ROLES}
    found |= {"user": [who.user], "item": [who.item], "time": [who.time]}
    if who.rating is not None:
        found[who.rating.meaning] = [who.rating.column]
    if items is not None:
        found |= {"id": [items.id], "title": [items.title], "year": [items.year]}
        found["facet"] = [facet.columns[0] for facet in description.facets if not facet.flags]
    return {role: [column for column in columns if column is not None] for role, columns in found.items()}


def _check_answers(questions: Sequence[Question], answers: Mapping[str, str]) -> None:
    known = {question.key: question for question in questions}
    for key, value in answers.items():
        if key not in known:
            raise UserError(f"There is no question {quoted(key)}; the questions are {listed(known) or 'none'}.")
        values = [option.value for option in known[key].options]
        if value not in values:
            raise UserError(f"{quoted(value)} does not answer {key}; say one of {listed(values)}.")


def _files(paths: Sequence[Path]) -> list[Path]:
    found: list[Path] = []
    for path in map(Path, paths):
        try:
            if path.is_dir():
                inside = sorted(p for p in path.iterdir() if p.is_file() and p.suffix.lower() in _READABLE)
                found += [p for p in inside if not re.match(r"(?i)readme|licen|\.", p.name)]
            elif path.is_file():
                found.append(path)
            else:
                raise UserError(f"{shortened(path, 300)} does not exist; give files or a folder with the data.")
        except OSError as error:
            raise UserError(f"{shortened(path, 300)} cannot be read: {error.strerror or error}.") from None
    if not found:
        raise UserError(
            f"{listed(map(str, paths))} holds no file of a kind that can be read: {listed(_READABLE, most=99)}."
        )
    return [path.resolve() for path in found]


def _name(paths: Sequence[Path]) -> str:
    first = Path(paths[0]).resolve()
    stem = first.name if first.is_dir() else first.name.split(".")[0]
    if stem.lower() in ("ratings", "interactions", "data", "items", "users"):
        stem = first.parent.name or stem
    return shortened(printable(stem), 100) or "data"


class _Work:
    """One guess, as it is made."""

    def __init__(self, samples: list[Sample], mapped, answers, noticed: list[str]):
        self.samples, self.mapped, self.answers, self.noticed = samples, mapped, answers, noticed
        self.questions: list[Question] = []

    def describe(self, name: str) -> SourceDescription:
        for sample in self.samples:
            if sample.header_open:
                self.ask(
                    header_key(sample.path),
                    f"Does the first line of {sample.path.name} ({listed(map(quoted, sample.header_open), 5)}) name "
                    "the columns?",
                    [("yes", "yes"), ("no", "no: it is a row like the others")],
                    "yes" if sample.form.header else "no",
                )
        main = self._interactions_sample()
        who = self._interactions(main)
        items, facets, nouns = self._items(main, who)
        return SourceDescription(name=name, nouns=nouns, interactions=who, items=items, facets=facets)

    def ask(self, key: str, text: str, options: Sequence[tuple[str, str]], suggested: str | None) -> str | None:
        """The answer to a question: a person's, else the suggested one."""
        self.questions.append(Question(key, text, tuple(Option(*option) for option in options), suggested))
        return self.answers.get(key, suggested)

    # --- columns

    def named(self, sample: Sample, role: str) -> str | None:
        """The column that a person gave this role, if the file has it."""
        return next((column for column in self.mapped.get(role, ()) if column in sample.table), None)

    def none(self, *roles: str) -> bool:
        """Whether a person said that nothing has one of these roles."""
        return any(role in self.mapped and not self.mapped[role] for role in roles)

    def column(self, sample: Sample, role: str, without: Sequence[str | None] = ()) -> str | None:
        """The column of a role, by what a person says, else by its name."""
        if named := self.named(sample, role):
            return named
        if self.none(role):
            return None
        taken = {column for columns in self.mapped.values() for column in columns} | set(without)
        matching = [c for c in sample.table if role_of(c) == role and c not in taken]
        # `user_id` rather than `user`, `product_id` rather than `product`.
        return next((c for c in matching if plain_name(c).endswith("id")), matching[0] if matching else None)

    def _interactions_sample(self) -> Sample:
        """The file that says who has what: of those that could, the one with the most rows per item."""
        for sample in self.samples:
            if self.named(sample, "user"):
                return sample
        able = [s for s in self.samples if s.form.form in ("lists", "matrix") or self._pair(s) is not None]
        if not able:
            seen = listed([quoted(c) for s in self.samples for c in s.table], most=12)
            raise UserError(
                f"No file says who has which item; its columns are {seen}. Name them: --map user=COLUMN --map "
                "item=COLUMN."
            )
        by_ending = {".inter": 2, ".item": -1, ".user": -1}
        return max(able, key=lambda s: (by_ending.get(s.path.suffix, 0), s.path.stat().st_size))

    def _pair(self, sample: Sample) -> tuple[str, str] | None:
        user = self.column(sample, "user")
        item = self.column(sample, "item", [user])
        if user and item:
            return user, item
        if not sample.form.header and sample.form.form == "table" and sample.table.shape[1] >= 2:
            columns = list(sample.table)
            if len(self.samples) == 1 or sample.path.stat().st_size == max(s.path.stat().st_size for s in self.samples):
                return columns[0], columns[1]
        return None

    # --- interactions

    def _interactions(self, sample: Sample) -> Interactions:
        files = tuple(str(s.path) for s in self.samples if self._same_form(s, sample))
        if sample.form.form == "lists":
            return self._lists(sample, files)
        if sample.form.form == "matrix":
            return self._matrix(sample, files)
        pair = self._pair(sample)
        user = self.named(sample, "user") or (pair and pair[0])
        item = self.named(sample, "item") or (pair and pair[1])
        if user is None or item is None:
            raise UserError(
                f"{sample.path.name} has no column that looks like {'users' if user is None else 'items'}; it has "
                f"{listed(map(quoted, sample.table))}. Name it: --map {'user' if user is None else 'item'}=COLUMN."
            )
        separator = list_separator(cells_of(sample.table[item]))
        if separator:
            answer = self.ask(
                "item_lists",
                f"Cells of {item} look like lists, such as {quoted(cells_of(sample.table[item])[0])}: is each an item?",
                [("split", "yes, split them"), ("whole", "no, a cell is one item")],
                "split" if separator == "json" or plain_name(item).endswith("s") else "whole",
            )
            separator = separator if answer == "split" else None
        rest = [column for column in sample.table if column not in (user, item)]
        rating = self._rating(sample, rest)
        time, time_format = self._time(sample, [c for c in rest if rating is None or c != rating.column])
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

    def _same_form(self, one: Sample, other: Sample) -> bool:
        return one is other or (
            one.form == other.form and list(one.table) == list(other.table) and other.form.form != "lists"
        )

    def _lists(self, sample: Sample, files: tuple[str, ...]) -> Interactions:
        separator = sample.form.separator
        firsts = [line.split(None if separator == " " else separator)[:1] for line in sample.table["line"] if line]
        firsts = [first[0].strip() for first in firsts if first]
        unique = len(set(firsts)) == len(firsts) and len(firsts) > 1
        answer = self.ask(
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

    def _matrix(self, sample: Sample, files: tuple[str, ...]) -> Interactions:
        first = next(iter(sample.table))
        ids = cells_of(sample.table[first])
        has_ids = role_of(first) == "user" or not first or numbers_of(ids) is None
        values = [v for c in list(sample.table)[1:] for v in numbers_of(cells_of(sample.table[c])) or []]
        self.noticed.append(
            f"{sample.path.name} is read as a table with a row per user and a column per item; an empty cell is "
            "not an interaction."
        )
        seen = self._seen(sample.path.name, values)
        threshold = self._threshold("the cells", values, seen)
        return Interactions(
            files=files,
            format=sample.form,
            user=first if has_ids else None,
            rating=Ratings(column="cell", threshold=threshold, seen=seen),
        )

    def _rating(self, sample: Sample, rest: list[str]) -> Ratings | None:
        column = self.named(sample, "rating") or self.named(sample, "count")
        wanted = [role for role in ("rating", "count") if not self.none(role)]
        column = column or next((c for c in rest if role_of(c) in wanted), None)
        if column is None and len(wanted) == 2 and not sample.form.header and len(rest) >= 1:
            numbers = most_numbers_of(cells_of(sample.table[rest[0]]), sample.form.decimal)
            column = rest[0] if numbers and max(numbers) < 1e6 else None
        if column is None:
            return None
        numbers = most_numbers_of(cells_of(sample.table[column]), sample.form.decimal)
        if numbers is None:
            if not self.named(sample, "rating"):
                self.noticed.append(f"{column} of {sample.path.name} is not used: its cells are not numbers.")
                return None
            numbers = []
        counting = bool(self.named(sample, "count")) or role_of(column) == "count"
        large = bool(numbers) and max(numbers) > _SCALE and all(n == int(n) and n >= 0 for n in numbers)
        if counting or large:
            answer = self.ask(
                "meaning",
                f"Is {column} (up to {max(numbers, default=0):g}) how often, or how much somebody likes an item?",
                [("count", "how often"), ("rating", "a rating")],
                "count",
            )
            if answer == "count":
                return Ratings(column=column, meaning="count")
        seen = self._seen(column, numbers)
        return Ratings(column=column, threshold=self._threshold(column, numbers, seen), seen=seen)

    def _seen(self, what: str, numbers: list[float]) -> tuple[float, ...]:
        """Values that are no ratings: asked about where there are such as -1, 0 or 99 beside a scale."""
        values = set(numbers)
        scale = {v for v in values if v > 0 and v != 99}
        odd = sorted({v for v in values if v in (0, -1, 99) and scale})
        if not odd or (min(values) < -1 and 99 not in values):
            return ()
        if min(values) < -1:
            odd = [99.0]
        said = listed([f"{v:g}" for v in odd])
        answer = self.ask(
            "seen",
            f"Does {said} in {what} mean that the item was seen, but not rated?",
            [("yes", "yes: it does not count as liking"), ("no", "no: it is a rating like the others")],
            "yes",
        )
        return tuple(odd) if answer == "yes" else ()

    def _threshold(self, what: str, numbers: list[float], seen: tuple[float, ...]) -> float | None:
        values = sorted(set(numbers) - set(seen))
        if len(values) < 2:
            return None
        usual = sorted(n for n in numbers if n not in seen)[len(numbers) // 2 :][:1]
        steps = values if len(values) <= 12 else _round_steps(values)
        low = min(values) < 0
        suggested = "0" if low and 0.0 in steps else "all"
        answer = self.ask(
            "threshold",
            f"From which value of {what} on does somebody like an item? The middle one is "
            f"{usual[0] if usual else values[len(values) // 2]:g}.",
            [("all", "every rating counts"), *((f"{v:g}", f"{v:g} or more") for v in steps[1:] or steps)],
            suggested if suggested == "all" or f"{0.0:g}" in [f"{v:g}" for v in steps[1:]] else "all",
        )
        return None if answer in (None, "all") else _number(answer, what)

    def _time(self, sample: Sample, rest: list[str]) -> tuple[str | None, TimeFormat | None]:
        if self.none("time"):
            return None, None
        column = self.named(sample, "time") or next((c for c in rest if role_of(c) == "time"), None)
        if column is None and not sample.form.header:
            column = next((c for c in rest if time_formats(cells_of(sample.table[c]))), None)
        if column is None:
            return None, None
        cells = cells_of(sample.table[column])
        found = time_formats(cells, sample.form.decimal)
        if not found:
            self.noticed.append(
                f"{column} of {sample.path.name} is not used: {quoted(cells[0] if cells else '')} has no known form."
            )
            return None, None
        if len(found) == 1:
            return column, found[0]
        by_pattern = {form.pattern: form for form in found}
        answer = self.ask(
            "time",
            f"How is {quoted(cells[0])} in {column} read?",
            [(pattern, _pattern_words(pattern)) for pattern in by_pattern],
            None,
        )
        return column, by_pattern.get(answer, found[0])

    # --- items

    def _items(self, main: Sample, who: Interactions):
        sample, id_column = self._items_sample(main, who)
        nouns = _nouns_of([*((who.item and [who.item]) or []), *((id_column and [id_column]) or []), main.path.stem])
        if sample is None:
            self._say_unused(main, who, None, ())
            return None, (), nouns
        own = {who.user, who.time, who.rating and who.rating.column} if sample is main else set()
        title = self.named(sample, "title") or self.column(sample, "title", [id_column, *own])
        if title is None and not sample.form.header and not self.none("title"):
            title = next((c for c in list(sample.table)[1:] if numbers_of(cells_of(sample.table[c])) is None), None)
        if title is None and not self.none("title"):
            title = next(
                (
                    c
                    for c in sample.table
                    if role_of(c) == "item" and c != id_column and numbers_of(cells_of(sample.table[c])) is None
                ),
                None,
            )
        year = self.named(sample, "year") or self.column(sample, "year", [id_column, title, *own])
        in_title = False
        if year is None and title is not None:
            titles = cells_of(sample.table[title])
            in_title = sum(bool(re.search(r"\(\d{4}\)\s*$", t)) for t in titles) > 0.5 * len(titles)
        facets = self._facets(sample, {id_column, title, year, *own})
        about = Items(
            files=(str(sample.path),), format=sample.form, id=id_column, title=title, year=year, year_in_title=in_title
        )
        used = {column for facet in facets for column in facet.columns}
        self._say_unused(sample, who, about, used)
        if facets:
            first = facets[0].name
            facet_nouns = (first, facets[0].plural or _plural(first)) if len(facets) == 1 else ("facet", "facets")
            nouns = _with_facets(nouns, facet_nouns)
        return about, facets, nouns

    def _items_sample(self, main: Sample, who: Interactions) -> tuple[Sample | None, str | None]:
        """The file with a row per item, and its column of ids; the interactions themselves where they hold titles."""
        if who.item is not None:
            wanted = set(cells_of(main.table[who.item])) if who.item in main.table else set()
            best, overlap = None, 0.0
            for sample in self.samples:
                if sample is main or (sample.form.form != "table" and sample.form.form not in ("parquet", "jsonl")):
                    continue
                if str(sample.path) in who.files:
                    continue
                for column in sample.table:
                    cells = cells_of(sample.table[column])
                    if len(cells) < 0.9 * len(sample.table) or len(set(cells)) < 0.98 * len(cells):
                        continue
                    shared = len(wanted & set(cells)) / max(1, min(len(wanted), len(set(cells))))
                    shared += 0.5 * (self.named(sample, "id") == column)
                    shared += 0.2 * (plain_name(column) == plain_name(who.item)) + 0.1 * (
                        role_of(column) in ("id", "item") or column == "1"
                    )
                    if role_of(column) == "user" and self.named(sample, "id") != column:
                        continue
                    if shared > max(overlap, 0.15):
                        best, overlap = (sample, column), shared
            if best is not None:
                return best
        own = [c for c in main.table if role_of(c) in ("title", "facet", "year") and c != who.item]
        if main.form.form in ("table", "parquet", "jsonl") and own and who.item and who.item_separator is None:
            return main, who.item
        return None, None

    def _facets(self, sample: Sample, taken: set[str | None]) -> tuple[Facet, ...]:
        if self.none("facet"):
            return ()
        rest = [column for column in sample.table if column not in taken]
        flags = [c for c in rest if set(cells_of(sample.table[c])) <= {"0", "1"} and cells_of(sample.table[c])]
        named = [c for c in self.mapped.get("facet", ()) if c in sample.table]
        facets = []
        for column in named or rest:
            if column in flags and not named:
                continue
            cells = cells_of(sample.table[column])
            if not named and not self._facet_like(sample, column, cells):
                continue
            separator = _recbole_separator(column) or list_separator(cells)
            name = " ".join(re.sub(r"[_\-:]+", " ", column.split(":")[0]).split()).lower() or f"column {column}"
            facets.append(
                Facet(name=_singular(name), plural=_plural(_singular(name)), columns=(column,), separator=separator)
            )
            parts = {
                p.strip()
                for cell in cells
                for p in (cell.split(separator) if separator not in (None, "json") else [cell])
            }
            if len(parts) > MANY_VALUES:
                self.noticed.append(
                    f"{column} has {len(parts):,} different values in the first {len(cells):,} rows; such a facet "
                    "names few neurons. Leave it out, or limit it with at_most."
                )
        if len(flags) >= 3 and not named:
            facets.append(Facet(name="kind", plural="kinds", columns=tuple(flags), flags=True))
            self.noticed.append(f"{len(flags)} columns of 0 and 1, such as {flags[0]}, are read as one facet, kind.")
        return tuple(facets)

    def _facet_like(self, sample: Sample, column: str, cells: list[str]) -> bool:
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

    def _say_unused(self, sample: Sample, who: Interactions, about: Items | None, used) -> None:
        known = {who.user, who.item, who.time, who.rating and who.rating.column, *used}
        known |= {about.id, about.title, about.year} if about else set()
        if sample.form.form in ("lists", "matrix"):
            return
        unused = [column for column in sample.table if column not in known]
        if unused:
            self.noticed.append(
                f"Not used of {sample.path.name}: {listed(map(quoted, unused), most=8)}. To have one as a facet: --map "
                "facet=COLUMN."
            )


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


def _recbole_separator(column: str) -> str | None:
    return " " if column.endswith((":token_seq", ":float_seq")) else None


def _plural(word: str) -> str:
    if word.endswith(("s", "x", "ch", "sh")):
        return word + "es"
    return word[:-1] + "ies" if word.endswith("y") and word[-2:-1] not in "aeiou" else word + "s"


def _singular(word: str) -> str:
    if word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "series")) and len(word) > 3 else word


def _nouns_of(hints: Sequence[str]) -> Nouns:
    for hint in hints:
        for word, plural in _NOUNS.items():
            if word in hint.lower():
                return Nouns(item=word, items=plural, facet="facet", facets="facets")
    return Nouns(facet="facet", facets="facets")


def _with_facets(nouns: Nouns, words: tuple[str, str]) -> Nouns:
    try:
        return Nouns(item=nouns.item, items=nouns.items, facet=words[0], facets=words[1])
    except ValueError:
        return nouns
