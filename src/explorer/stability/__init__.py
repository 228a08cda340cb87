"""Are the same neurons found again in another training on the same base model?"""

from explorer.stability.columns import CHANGES, COLUMNS
from explorer.stability.measure import MAX_SEEDS, SHARE, check_seeds, measure_stability
from explorer.stability.stability import STABLE, Stability
from explorer.stability.store import load_stability, save_stability
from explorer.stability.summary import about_summary, summary_markdown, summary_rows

__all__ = [
    "CHANGES",
    "COLUMNS",
    "MAX_SEEDS",
    "SHARE",
    "STABLE",
    "Stability",
    "about_summary",
    "check_seeds",
    "load_stability",
    "measure_stability",
    "save_stability",
    "summary_markdown",
    "summary_rows",
]
