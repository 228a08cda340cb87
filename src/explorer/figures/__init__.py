"""Pictures as pure functions of data: plotly figures that hold what they show and know nothing of a page."""

from explorer.figures.comparison import MOST_RUNS, purity_comparison_figure
from explorer.figures.frontier import frontier_figure
from explorer.figures.neuron import audience_figure, decades_figure, popularity_figure, purity_figure
from explorer.figures.palette import PALETTES, Palette, Theme
from explorer.figures.training import CURVES, Curves, available, curves_figure, measure_title

__all__ = [
    "CURVES",
    "MOST_RUNS",
    "PALETTES",
    "Curves",
    "Palette",
    "Theme",
    "audience_figure",
    "available",
    "curves_figure",
    "decades_figure",
    "frontier_figure",
    "measure_title",
    "popularity_figure",
    "purity_comparison_figure",
    "purity_figure",
]
