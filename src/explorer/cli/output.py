"""How commands print: tables for people, JSON for programs, progress on stderr."""

from __future__ import annotations

import json
import logging
import math
import sys
import time
from typing import Any

import numpy as np
import pandas as pd
import structlog


def json_value(value: Any) -> Any:
    """The same value in JSON's own types; NaN, infinity and missing values become null."""
    if isinstance(value, dict):
        return {str(key): json_value(entry) for key, entry in value.items()}
    if isinstance(value, pd.DataFrame):
        return [json_value(row) for row in value.to_dict("records")]
    if isinstance(value, list | tuple | np.ndarray):
        return [json_value(entry) for entry in value]
    if value is None or value is pd.NA:
        return None
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        return float(value) if math.isfinite(value) else None
    return str(value)


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
        self.stage, self.last = stage, now
        print(f"[{now - self.start:6.1f} s] {stage} {done:4.0%}  {message}".rstrip(), file=sys.stderr, flush=True)
