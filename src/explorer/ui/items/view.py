"""One item: which neurons fire on it, what is near it, and whom it is recommended to."""

from __future__ import annotations

from explorer.runs import Run


def show(run: Run) -> None:
    """The page, of an open run."""
