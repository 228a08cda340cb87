"""How commands print: tables for people, JSON for programs, progress on stderr."""

from __future__ import annotations

import json
import logging
import math
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import structlog

from explorer.errors import UserError
from explorer.storage.files import replace_file
from explorer.storage.values import json_value
from explorer.text import bytes_text


def logs_to_stderr() -> None:
    """LensKit logs through structlog, which prints every detail on stdout by default."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
    )


def print_json(value: Any) -> None:
    """One JSON object on stdout."""
    print(json.dumps(json_value(value), ensure_ascii=False, indent=1, allow_nan=False))


def print_table(rows: list[dict[str, Any]], columns: dict[str, str]) -> None:
    """Rows as aligned text; `columns` maps keys to headings. Numbers stand right, text left."""
    cells = [[cell(row.get(key)) for key in columns] for row in rows]
    lines = [list(columns.values()), *cells]
    widths = [max(len(line[i]) for line in lines) for i in range(len(columns))]
    right = [all(isinstance(row.get(key), int | float) or row.get(key) is None for row in rows) for key in columns]
    for line in lines:
        parts = (
            text.rjust(width) if to_right else text.ljust(width)
            for text, width, to_right in zip(line, widths, right, strict=True)
        )
        print("  ".join(parts).rstrip())


def print_score(score: dict[str, Any]) -> None:
    """The parts of a score (`Waterfall.as_json`, with `user`), as text."""
    who = "a new person" if score["user"] is None else f"user {score['user']}"
    print(f"\nScore for {who}: {score['sentence']}")
    rows = [*score["parts"], {"name": "score", "value": score["score"]}]
    print_table(rows, {"name": "part", "value": "adds"})


def cell(value: Any) -> str:
    """A value in a table; a dash for a missing one."""
    value = json_value(value)
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.3f}"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return f"{value:,}" if isinstance(value, int) else str(value)


def check_out(path: Path | None, ends: Sequence[str]) -> None:
    """Refuse, before any work, a file that no exporter writes, or that cannot be written."""
    if path is None:
        return
    if path.suffix not in ends:
        raise UserError(f"{path} ends in none of {', '.join(ends)}, which say what to write.")
    if not path.parent.is_dir():
        raise UserError(f"{path} cannot be written: there is no folder {path.parent}.")


def write_out(path: Path, content: bytes) -> None:
    """Write a file whole, and say so."""
    try:
        replace_file(path, content)
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error.strerror or error}.") from None
    print(f"Wrote {path} ({bytes_text(len(content))})", file=sys.stderr)


_AT_ONCE = 1.0
"""Seconds in which reading is over or refused without a word on how far it is."""


class StderrProgress:
    """Progress as lines on stderr: one when a stage begins or ends, and at most one every two seconds in between."""

    def __init__(self, every: float = 2.0):
        self.every = every
        self.start = time.perf_counter()
        self.stage = ""
        self.last = -math.inf

    def __call__(self, stage: str, done: float, message: str = "", record: dict | None = None) -> None:
        now = time.perf_counter()
        if not message:
            return
        if stage == self.stage and done < 1 and now - self.last < self.every:
            return
        if stage == "load" and done < 1 and now - self.start < _AT_ONCE:
            return  # what is wrong with small files is then the only line
        self.stage, self.last = stage, now
        print(f"[{now - self.start:6.1f} s] {stage} {done:4.0%}  {message}".rstrip(), file=sys.stderr, flush=True)
