"""Pictures as pure functions of data: plotly figures that hold what they show and know nothing of a page."""

from explorer.figures.frontier import frontier_figure
from explorer.figures.neuron import audience_figure, decades_figure, popularity_figure, purity_figure
from explorer.figures.palette import PALETTES, Palette, Theme

__all__ = [
    "PALETTES",
    "Palette",
    "Theme",
    "audience_figure",
    "decades_figure",
    "frontier_figure",
    "popularity_figure",
    "purity_figure",
]
