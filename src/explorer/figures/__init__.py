"""Pictures as pure functions of data, by plotly, as SVG or as pages of HTML; they know nothing of the dashboard."""

from explorer.figures.comparison import MAX_RUNS, genre_comparison_figure
from explorer.figures.frontier import frontier_figure
from explorer.figures.palette import PALETTES, genre_colours
from explorer.figures.svg import Bar, bars_svg, histogram_svg
from explorer.figures.training import CURVES, available, curves_figure, measure_title

__all__ = [
    "CURVES",
    "MAX_RUNS",
    "PALETTES",
    "Bar",
    "available",
    "bars_svg",
    "curves_figure",
    "frontier_figure",
    "genre_colours",
    "genre_comparison_figure",
    "histogram_svg",
    "measure_title",
]
