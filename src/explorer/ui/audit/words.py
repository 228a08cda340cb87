"""Words and readings that the views of the page share."""

from __future__ import annotations

VERDICT_TITLES = {"real": "Real", "partly": "Partly", "not": "Not", "skip": "Skipped"}
CONFIDENCE = ["guessing", "fairly sure", "sure"]
"""Of a confidence of 1, 2 and 3."""


def numbered_neuron(said: str, n: int) -> int | None:
    """The neuron that a text in the address says; None if the run of `n` neurons has none of it."""
    return int(said) if said.isascii() and said.isdecimal() and len(said) < 9 and int(said) < n else None
