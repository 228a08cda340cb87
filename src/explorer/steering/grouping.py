"""Concepts that several neurons share, as one knob each."""

from __future__ import annotations

from collections.abc import Mapping

from explorer.runs import Run
from explorer.steering.edits import Concept


def concepts_of(run: Run) -> Mapping[str, Concept]:
    """The concepts of a run by name."""
    return {}
