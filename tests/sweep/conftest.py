"""A workshop in place of the training, and one small sweep that is really trained."""

from __future__ import annotations

import pytest

from explorer.sweep import read_grid, run_sweep, varied
from tests.conftest import TINY
from tests.sweep.workshop import Workshop


@pytest.fixture
def workshop(monkeypatch):
    return Workshop(monkeypatch)


@pytest.fixture(scope="session")
def tiny_points():
    """Two points on one base, neither of the default seed nor of the default data settings."""
    fixed = [*TINY, "sae.epochs=5", "sae.prefix_widths=[8, 32]", "data.min_item_interactions=40", "seed=3"]
    return read_grid(None, varied(["sae.k=2,4"]), fixed)


@pytest.fixture(scope="session")
def tiny_sweep(demo_folder, tiny_points, tmp_path_factory):
    """Those points, really trained."""
    return run_sweep(str(demo_folder), tiny_points, tmp_path_factory.mktemp("sweeps") / "tiny")
