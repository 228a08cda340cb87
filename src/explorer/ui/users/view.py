"""One user: which neurons fire, and which of them explain the recommendations."""

from __future__ import annotations

from explorer.runs import Run


def show(run: Run) -> None:
    """The page, of an open run."""
