"""What files say of themselves: a first description, the questions that only a person answers, and what was noticed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from explorer.data.source.description import SourceDescription
from explorer.data.source.guess_interactions import interactions_of, interactions_sample
from explorer.data.source.guess_items import items_of
from explorer.data.source.guess_work import Question, Work
from explorer.data.source.sniff import sniff
from explorer.errors import UserError, listed, printable, quoted, shortened

PREVIEW_ROWS = 20
ROLES = ("user", "item", "rating", "count", "time", "id", "title", "year", "facet")
"""What `--map` can name."""
_READABLE = (
    ".csv", ".tsv", ".txt", ".dat", ".data", ".item", ".user", ".inter", ".parquet", ".jsonl", ".json", ".ndjson",
    ".gz", ".zst", ".bz2",
)  # fmt: skip


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
    work = Work(samples, mapped, answers, noticed)
    description = _description(work, name or _name(paths))
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


def _description(work: Work, name: str) -> SourceDescription:
    for sample in work.samples:
        if sample.header_open:
            work.ask(
                header_key(sample.path),
                f"Does the first line of {sample.path.name} ({listed(map(quoted, sample.header_open), 5)}) name "
                "the columns?",
                [("yes", "yes"), ("no", "no: it is a row like the others")],
                "yes" if sample.form.header else "no",
            )
    main = interactions_sample(work)
    who = interactions_of(work, main)
    items, facets, nouns = items_of(work, main, who)
    return SourceDescription(name=name, nouns=nouns, interactions=who, items=items, facets=facets)
