"""Titles as they are said: without the year at the end, and with the article in front."""

from __future__ import annotations

import re

MAX_TITLE = 28
"""Characters of a title in a name."""
_YEAR = re.compile(r"\s*\((?:19|20)\d\d\)\s*$")
_OTHER_TITLE = re.compile(r"(?<=\S)\s*\([^()]*\)\s*$")
_ARTICLE = re.compile(r"^(.+), (The|A|An|Le|La|Les|L'|Il|Lo|I|El|Los|Las|Der|Die|Das|Un|Une)$")


def short_title(title: str) -> str:
    """`Matrix, The (1999)` → `The Matrix`; `Life Is Beautiful (La vita è bella) (1997)` → `Life Is Beautiful`; cut at a
    word where it is long."""
    text = " ".join(str(title).split())
    text = _OTHER_TITLE.sub("", _YEAR.sub("", text)) or text
    if found := _ARTICLE.match(text):
        rest, article = found.groups()
        text = article + ("" if article.endswith("'") else " ") + rest
    if len(text) <= MAX_TITLE:
        return text
    cut = text[: MAX_TITLE - 1].rstrip()
    if " " in cut and text[len(cut)] != " ":
        cut = cut.rsplit(" ", 1)[0]
    return cut.rstrip(" ,:;-–") + "…"
