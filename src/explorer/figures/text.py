"""Text from data in a figure."""

from __future__ import annotations

import html


def plain(text: object) -> str:
    """Text as it is: plotly reads HTML."""
    return html.escape(str(text), quote=False)
