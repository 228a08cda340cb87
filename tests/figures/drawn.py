"""What plotly makes of a figure's texts."""

from __future__ import annotations

import html
import re

THEMES = ["light", "dark"]
DRAWN_ENTITIES = r"&(#\d+|#x[\da-fA-F]+|mu|amp|lt|gt|nbsp|times|plusmn|deg);"
"""The entities that plotly turns into a character; any other stays on the chart as it is written."""


def as_drawn(text: str) -> str:
    assert not re.search(r"<\w", text)  # a tag
    return re.sub(DRAWN_ENTITIES, lambda match: html.unescape(match[0]), text)


def hover(trace, i: int) -> str:
    """What plotly shows over the i-th bar or mark."""
    values = {"x": trace.x[i], "y": trace.y[i]}
    if trace.customdata is not None:
        values |= {f"customdata[{j}]": value for j, value in enumerate(trace.customdata[i])}
    text, extra = trace.hovertemplate.split("<extra>")
    assert extra == "</extra>"  # without it, plotly puts the trace's name beside
    return re.sub(r"%\{([^:}]+):?([^}]*)\}", lambda match: format(values[match[1]], match[2]), text)
