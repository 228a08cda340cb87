"""Small charts of `explorer.figures.svg` on a page: `st.html` leaves SVG out, so they are drawn by a component."""

from __future__ import annotations

import streamlit as st

_picture = st.components.v2.component(
    "explorer_picture",
    html='<div class="picture"></div>',
    css=".picture { font-family: var(--st-font, sans-serif); }",
    # What is data in the picture is escaped where it is drawn.
    js="""export default function ({ data, parentElement }) {
  const place = parentElement.querySelector(".picture");
  if (place.innerHTML !== data.svg) place.innerHTML = data.svg;
}""",
)


def picture(svg: str, key: str) -> None:
    """Show a chart. `key`: of its place on the page; what is drawn there may change."""
    _picture(key=f"picture:{key}", data={"svg": svg})
