"""The audit of a run as CSV: what is said now, a row per neuron and reviewer, to read and edit in a spreadsheet."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from typing import Any

from explorer.audit.json_form import utc
from explorer.audit.record import CONTENT, DIGITS, Record
from explorer.audit.values import CONFIDENCES, VERDICTS, Audit, Review
from explorer.errors import UserError, listed, quoted
from explorer.runs import Run
from explorer.text import cell_text, harmless_cell

COLUMNS = ("neuron", "proposed", "reviewer", *CONTENT, "seconds", "at", "run")
"""`proposed`: the name that the product proposes, for people; `run`: name of the run, and first digits of its digest.
Both, and all but `neuron`, may be missing when a file is read."""
_RUN = re.compile(rf"(.*?) *\(([0-9a-f]{{{DIGITS}}})\)", re.DOTALL)
_YES, _NO = ("yes", "true", "1"), ("no", "false", "0")


def csv_of(run: Run, audit: Audit) -> bytes:
    """What is said of a run now; reviews that were taken back whole are left out."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for said in audit.reviews:
        if not says_something(said):
            continue
        values = {
            **{name: getattr(said, name) for name in COLUMNS if hasattr(said, name)},
            "proposed": run.proposed_name(said.neuron),
            "tags": "|".join(tag.replace("\\", "\\\\").replace("|", "\\|") for tag in said.tags),
            "blind": "yes" if said.blind else "no",
            "run": f"{run.name} ({run.digest[:DIGITS]})",
        }
        writer.writerow([harmless_cell(values[name]) for name in COLUMNS])
    return text.getvalue().encode("utf-8-sig")  # with the mark by which a spreadsheet knows the encoding


def says_something(said: Review) -> bool:
    """Whether there is anything in a review, or all of it was taken back."""
    return said.verdict is not None or bool(said.name or said.note or said.tags)


def read_csv(content: bytes, what: str, reviewer: str = "") -> Record:
    """The record of a file of `csv_of`, or of one made by hand.

    reviewer: of the lines that name nobody.

    Raises `UserError` for a file that is none; what is wrong with its lines is in `Record.faults`.
    """
    lines = _lines(content, what)
    head = [name.strip().casefold() for name in lines[0][1]] if lines else []
    if "neuron" not in head:
        raise UserError(f"{what} is not an audit: its first line must name the columns, among them neuron.")
    if len(set(head)) < len(head):
        raise UserError(f"{what} has a column twice; its columns are {listed(head)}.")
    given = frozenset(CONTENT) & set(head)
    if not given:
        raise UserError(f"{what} says nothing of the neurons; it needs one of the columns {listed(CONTENT)}.")
    faults: list[str] = []
    reviews, runs, seen = [], set(), {}
    for number, cells in lines[1:]:
        where = f"line {number}"
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) > len(head):
            faults.append(f"{where}: it has {len(cells)} cells, the first line {len(head)}")
            continue
        row = {name: cell_text(cell) for name, cell in zip(head, cells, strict=False)}
        said = _review(row, where, reviewer, faults)
        key = (said.neuron, said.reviewer.casefold())
        if key in seen:
            faults.append(f"{where}: {said.reviewer or 'nobody'} has neuron {said.neuron} in {seen[key]} already")
        seen[key] = where
        reviews.append((where, said))
        if found := _RUN.fullmatch(row.get("run", "").strip()):
            runs.add((found[2], found[1]))
    if len(runs) > 1:
        faults.append(f"its lines are of {len(runs)} runs: {listed(name for _, name in sorted(runs))}")
    digest, name = next(iter(runs), ("", ""))
    return Record(digest, name, tuple(reviews), given=given, faults=tuple(faults))


def _lines(content: bytes, what: str) -> list[tuple[int, list[str]]]:
    """The rows, each with the number of its last line; whichever of the usual separators is used."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UserError(f"{what} is not UTF-8 text; save it as CSV UTF-8.") from None
    first = text.partition("\n")[0]
    separator = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    found, begins = [], 1
    try:
        for row in reader:
            found.append((begins, row))
            begins = reader.line_num + 1
    except csv.Error as error:
        raise UserError(f"{what} is not CSV: {error} in line {reader.line_num}.") from None
    return found


def _review(row: dict[str, str], where: str, reviewer: str, faults: list[str]) -> Review:
    """A line as a review; what is wrong with it is added to the faults."""

    def value(name: str, read: Callable[[str], Any], needed: str, default: Any = None) -> Any:
        text = row.get(name, "").strip()
        if not text and name != "neuron":
            return default
        try:
            return read(text)
        except ValueError:
            faults.append(f"{where}: {name} {quoted(text)} must be {needed}")
            return default

    return Review(
        neuron=value("neuron", _whole, "the number of a neuron", 0),
        reviewer=row.get("reviewer", "").strip() or reviewer,
        verdict=value("verdict", _verdict, f"one of {listed(VERDICTS)}, or empty"),
        name=row.get("name", ""),
        note=row.get("note", ""),
        tags=tuple(_tags(row.get("tags", ""))),
        confidence=value("confidence", _whole, f"one of {listed(CONFIDENCES)}, or empty"),
        blind=value("blind", _yes, "yes or no", False),
        inherited=row.get("inherited", ""),
        seconds=value("seconds", float, "a number, or empty"),
        at=value("at", utc, "a time as ISO 8601, or empty", ""),
        action="import",
    )


def _whole(text: str) -> int:
    if not re.fullmatch(r"\d{1,9}(\.0*)?", text):  # 17.0 is what programs make of a column with gaps
        raise ValueError
    return int(float(text))


def _verdict(text: str) -> Any:
    if text.casefold() not in VERDICTS:
        raise ValueError
    return text.casefold()


def _yes(text: str) -> bool:
    if text.casefold() not in (*_YES, *_NO):
        raise ValueError
    return text.casefold() in _YES


def _tags(text: str) -> list[str]:
    """`a|b\\|c` → `a` and `b|c`."""
    return [re.sub(r"\\(.)", r"\1", part) for part in re.findall(r"(?:\\.|[^|\\])+", text, re.DOTALL)]
