"""Text from data inside Markdown: shown as it is, never read as Markdown."""

from __future__ import annotations

import re

_MARKDOWN = re.compile(r"([\\`*_\[\]<>#|~$&]|^[-+=])")
_NUMBERED = re.compile(r"^(\d+)([.)])(?= |$)")
# Emoji codes, colour directives (`:smile:`, `:red[…]`), bare links and typographic replacements (`--`, `->`, `>=`) are
# made from text after Markdown is read, so a backslash does not stop them; an invisible character inside does.
_MADE_LATER = re.compile(r"(?<=[:@])|(?<=www)|(?<=[-<>=~])(?=\\?[-<>=])")
_WORD_JOINER = "\u2060"


def md_escape(text: object) -> str:
    """Text on one line that Markdown, Streamlit's included, shows verbatim, `:smile:` too."""
    escaped = _NUMBERED.sub(r"\1\\\2", _MARKDOWN.sub(r"\\\1", " ".join(str(text).split())))
    return _MADE_LATER.sub(_WORD_JOINER, escaped)
