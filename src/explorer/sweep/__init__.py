"""Many runs in one go: a grid of settings, one table of what each reaches, and the frontier of purity and fidelity."""

from explorer.sweep.frontier import frontier
from explorer.sweep.grid import read_grid, sample_points, varied
from explorer.sweep.run import Sweep, read_sweep, run_sweep, write_figure

__all__ = [
    "Sweep",
    "frontier",
    "read_grid",
    "read_sweep",
    "run_sweep",
    "sample_points",
    "varied",
    "write_figure",
]
