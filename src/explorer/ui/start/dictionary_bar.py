"""The bar of the whole dictionary: its parts, how many neurons each has, and the way to them."""

from __future__ import annotations

import streamlit as st

from explorer import glossary
from explorer.browse.overview import TERMS, Dictionary, DictionaryPart
from explorer.figures.palette import part_colours
from explorer.text import html_escape, percent
from explorer.ui.cache import theme
from explorer.ui.start.links import part_attributes


def dictionary_bar(found: Dictionary) -> None:
    """The bar and, below it, its parts with their numbers. Both lead to the neurons of a part."""
    there = [part for part in found.parts.values() if part.neurons]
    colours, said = part_colours(theme()), html_escape(described(found))
    bar = "".join(_stretch(part, colours[part.part]) for part in there)
    labels = "".join(_label(part, colours[part.part]) for part in found.parts.values())
    st.html(
        f'<div class="dictionary"><div class="bar" role="group" aria-label="{said}">{bar}</div>'
        f'<ul class="parts">{labels}</ul></div>'
    )


def explained() -> str:
    """What the parts are, and what they are said to carry, for a tooltip."""
    return "\n\n".join(f"**{term.title}.** {term}" for term in (*TERMS.values(), glossary.TASTE))


def described(found: Dictionary) -> str:
    """The bar in words."""
    parts = [f"{len(part.neurons):,} {part.term.title.lower()}" for part in found.parts.values() if part.neurons]
    return f"The {found.n:,} neurons of the dictionary: {', '.join(parts)}"


def _stretch(part: DictionaryPart, colour: str) -> str:
    text = f"{len(part.neurons):,} {part.term.title.lower()}"
    return (
        f'<a class="{part.part}" {part_attributes(part.part)} tabindex="-1" '
        f'title="{html_escape(text)}" aria-label="{html_escape(text)}" '
        f'style="flex-grow:{len(part.neurons)};background:{colour}"></a>'
    )


def _label(part: DictionaryPart, colour: str) -> str:
    n = len(part.neurons)
    taste = "" if part.taste is None else f"<small>{percent(part.taste)} of taste</small>"
    inside = (
        f'<i class="{part.part}" style="background:{colour}"></i><b>{n:,}</b> '
        f"<span>{html_escape(part.term.title.lower())}</span>"
    )
    if not n:
        return f'<li class="none"><span class="part">{inside}</span></li>'
    return f'<li><a class="part" {part_attributes(part.part)}>{inside}</a> {taste}</li>'
