"""Review neurons by hand: verdicts, names, tests, and whether reviewers agree."""

from __future__ import annotations

from explorer.runs import Run


def show(run: Run) -> None:
    """The page, of an open run."""
