"""Settings with a name, above the board: those that come with the product, and one's own."""

from __future__ import annotations

from explorer.runs import Run
from explorer.steering.scores import PersonScores


def presets_panel(run: Run, scores: PersonScores) -> None:
    """Draw the presets; a click applies one."""
