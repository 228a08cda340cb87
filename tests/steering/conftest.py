"""A run that has concepts: the tiny ones have hardly any."""

from __future__ import annotations

from pathlib import Path

import pytest

from explorer.runs import Run, load_run


@pytest.fixture(scope="session")
def demo_run() -> Run:
    """The built-in run."""
    return load_run(Path(__file__).parents[2] / "assets" / "demo-run")
