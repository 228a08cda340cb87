"""Pictures as pure functions of data: plotly figures that hold what they show and know nothing of a page."""

from explorer.figures.comparison import MAX_RUNS, genre_comparison_figure
from explorer.figures.frontier import frontier_figure
from explorer.figures.map import CONFIG, highlight_trace, locator_figure, map_figure
from explorer.figures.map_export import export_html, export_png, export_svg
from explorer.figures.palette import PALETTES, genre_colours
from explorer.figures.svg import Bar, bars_svg, histogram_svg
from explorer.figures.training import CURVES, available, curves_figure, measure_title

__all__ = [
    "CONFIG",
    "CURVES",
    "MAX_RUNS",
    "PALETTES",
    "Bar",
    "available",
    "bars_svg",
    "curves_figure",
    "export_html",
    "export_png",
    "export_svg",
    "frontier_figure",
    "genre_colours",
    "genre_comparison_figure",
    "highlight_trace",
    "histogram_svg",
    "locator_figure",
    "map_figure",
    "measure_title",
]
