"""Texts for labels. Whatever comes from data, files or addresses gets into a label through `md`, and nowhere else:
Streamlit reads every label as Markdown, and a picture in a user's id would be fetched."""

from __future__ import annotations

from string import Formatter

from explorer.text import md_escape


class _Escaped(Formatter):
    def format_field(self, value: object, spec: str) -> str:
        return md_escape(format(value, spec))


def md(template: str, **values: object) -> str:
    """A Markdown text with values in it that are shown verbatim: `md("Delete **{name}**?", name=name)`."""
    return _Escaped().format(template, **values)
