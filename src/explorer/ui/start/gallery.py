"""The gallery of concepts: cards, family by family."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from explorer.browse.concept_card import ConceptCard
from explorer.browse.families import Families, Member
from explorer.browse.try_it import FULL
from explorer.figures.palette import PALETTES
from explorer.runs import Run
from explorer.text import html_escape, percent
from explorer.ui.cache import theme
from explorer.ui.start.links import attributes, neuron_attributes

_MAX_REST, _MAX_ALIKE = 6, 20
"""Concepts that are told beside the last card of a family, and neurons that are alike; further ones are counted."""


def gallery(run: Run, found: Families, cards: Sequence[ConceptCard]) -> None:
    """Draw the cards."""
    palette = PALETTES[theme()]
    drawn = "".join(_card(run, found, card) for card in cards)
    st.html(f'<div class="concepts" style="--curve:{palette.main};--sure:{palette.up}">{drawn}</div>')


def _card(run: Run, found: Families, shown: ConceptCard) -> str:
    member, family = shown.card.member, shown.card.family
    tick = ' <span class="sure" title="Confirmed by people">✓<span> confirmed</span></span>' if member.confirmed else ""
    above = family.name if family.kind != "examples" and family.name != member.title else ""
    share = f"{percent(member.taste)} of taste" if member.taste else ""
    parts = [
        f'<p class="family">{html_escape(" · ".join(filter(None, (above, share))))}</p>',
        f"<h4><a {neuron_attributes(member.neuron)}>{html_escape(member.title)}</a>{tick}</h4>",
        f'<p class="line">{html_escape(shown.sentence)}</p>' if shown.sentence else "",
        _items(shown),
        _curve(run, shown),
        _rest(member, shown.card.rest),
        _try_it(run, shown),
    ]
    return f"<article>{''.join(parts)}</article>"


def _items(shown: ConceptCard) -> str:
    entries = (
        f"<li><a {attributes('pages/Items.py', item=item)}>{html_escape(title)}</a></li>" for item, title in shown.items
    )
    return f"<ul>{''.join(entries)}</ul>"


def _curve(run: Run, shown: ConceptCard) -> str:
    """The activation over the items on which it fires, strongest first. Their share is drawn by its square root: on a
    straight scale every neuron is a spike with a long tail."""
    if not shown.curve:
        return ""
    points = [(0.0, shown.curve[0][1]), *shown.curve, (shown.curve[-1][0], 0.0), (0.0, 0.0)]
    shape = ",".join(f"{x**0.5:.2%} {1 - y:.2%}" for x, y in points)
    said = (
        f"How its activation falls over the {run.dataset.nouns.items} on which it fires, "
        f"the strongest first and given more room: {shown.fires}"
    )
    return (
        f'<div class="curve" role="img" aria-label="{html_escape(said)}" title="{html_escape(said)}">'
        f'<div style="clip-path:polygon({shape})"></div></div>'
        f'<p class="fires">fires on {html_escape(shown.fires)}</p>'
    )


def _rest(member: Member, rest: Sequence[Member]) -> str:
    """What is not shown by itself: neurons that are alike, and further concepts of the family."""
    parts = []
    if member.alike:
        links = " ".join(f"<a {neuron_attributes(one)}>{one}</a>" for one in member.alike[:_MAX_ALIKE])
        more = f" and {len(member.alike) - _MAX_ALIKE} more" if len(member.alike) > _MAX_ALIKE else ""
        parts.append(f"+{len(member.alike)} alike: {links}{more}")
    if rest:
        links = " · ".join(
            f"<a {neuron_attributes(one.neuron)}>{html_escape(one.title)}</a>" for one in rest[:_MAX_REST]
        )
        more = f" and {len(rest) - _MAX_REST} more" if len(rest) > _MAX_REST else ""
        parts.append(f"also {links}{more}")
    return "".join(f'<p class="rest">{part}</p>' for part in parts)


def _try_it(run: Run, shown: ConceptCard) -> str:
    found = shown.to_try
    if found is None:
        return ""
    full = found.value == FULL
    what = "turn it all the way up" if full else "switch it off"
    who = f"user {found.user_id}"
    effect = f"{'All the way up' if full else 'Switched off'}, it changes {found.changed} of {found.length}"
    effect += f" {run.dataset.nouns.items} for {who}."
    link = attributes("pages/Steering.py", **found.parameters(run))
    said = html_escape(f"Try {shown.card.member.title}: {what} for {who}")
    return (
        f'<p class="try"><a class="button" {link} aria-label="{said}">Try it</a> '
        f"<small>{html_escape(effect)}</small></p>"
    )
