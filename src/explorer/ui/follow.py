"""Links to pages of the dashboard that are drawn by us, in tables and in `st.html`.

`<a data-inside href="Items?item=7">` is a link that can be copied and opened in another tab; a plain click on it
changes the page inside the session. `st.switch_page` cannot do that without two steps of Back, and without the script
noticing the page only at the next run.
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from explorer.text import html_escape
from explorer.ui.grid_data import href

_follow = st.components.v2.component(
    "explorer_follow",
    html="<i hidden></i>",
    js=Path(__file__).with_name("follow.js").read_text(encoding="utf-8"),
)


def follow_links() -> None:
    """Have the browser follow our links inside the session; once in the frame of every page."""
    with st.container(key="follow-links"):
        _follow(key="follow-links-component")


def link_html(text: object, page: str, **parameters: str) -> str:
    """A link to a page of the dashboard, for `st.html`. `text` is data and shown as it is."""
    return f'<a data-inside href="{html_escape(href(page, **parameters))}">{html_escape(text)}</a>'
