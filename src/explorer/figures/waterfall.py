"""The parts of one score as bars under each other, each beginning where the one before ends."""

from __future__ import annotations

from collections.abc import Callable

from explorer.browse.waterfall import Part, Waterfall, in_digits, signed
from explorer.data import Nouns
from explorer.figures.palette import PALETTES, Theme
from explorer.text import html_escape


def waterfall_html(
    found: Waterfall, nouns: Nouns, theme: Theme, link: Callable[[Part], str] | None = None, most: int | None = None
) -> str:
    """A table whose bars add up to the score, its last row; every number stands beside its bar.

    link: what a neuron's name leads to, as HTML with the name in it; None for the name alone.
    most: neurons with a bar of their own; None for the usual number.
    """
    bars = found.bars() if most is None else found.bars(most)
    ends = [0.0]
    for part in bars:
        ends.append(ends[-1] + part.value)
    low, high = min(*ends, found.score), max(*ends, found.score)
    wide = (high - low) or 1.0
    largest = max([abs(found.score), *(abs(part.value) for part in bars)])
    colours = PALETTES[theme]

    def row(name: str, value: str, start: float, end: float, colour: str, title: str = "", kind: str = "") -> str:
        left, width = 100 * (min(start, end) - low) / wide, 100 * abs(end - start) / wide
        zero = 100 * (0 - low) / wide
        bar = (
            f'<span class="zero" style="left:{zero:.2f}%"></span>'
            f'<span class="part" style="left:{left:.2f}%;width:max({width:.2f}%,2px);background:{colour}"></span>'
        )
        return (
            f'<tr class="{kind}" title="{html_escape(title)}"><th scope="row">{name}</th>'
            f'<td class="bar">{bar}</td><td class="value">{value}</td></tr>'
        )

    rows, now = [], 0.0
    for part in bars:
        name = html_escape(part.name(nouns))
        if part.kind == "neuron" and link is not None:
            name = link(part)
        colour = colours.muted
        if part.kind in ("neuron", "others"):
            colour = colours.up if part.value >= 0 else colours.down
        rows.append(
            row(name, signed(part.value, largest, 1), now, now + part.value, colour, about(part, nouns), part.kind)
        )
        now += part.value
    score = in_digits(found.score, largest, 1)
    rows.append(row("Score", score, 0.0, found.score, colours.main, "The recommender’s own score.", "score"))
    label = f"Parts of the score: {found.sentence(nouns)}"
    return (
        f'<table class="waterfall" aria-label="{html_escape(label)}"><thead class="unseen"><tr>'
        '<th scope="col">Part</th><th scope="col">Bar</th><th scope="col">Adds</th></tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table>"
    )


def about(part: Part, nouns: Nouns) -> str:
    """What a tooltip says of a part."""
    if part.kind == "neuron":
        on_item = f"on the {nouns.item} at {part.of_item:.2f}" if part.of_item else f"not on the {nouns.item}"
        return f"It fires for the user at {part.of_user:.2f} of the strongest user, {on_item}."
    return {
        "mean": f"The score of the mean user for this {nouns.item}.",
        "item_bias": f"How high the recommender scores this {nouns.item} for anybody.",
        "user_bias": f"How high the recommender scores every {nouns.item} for this user.",
        "others": "Neurons whose parts are small, together.",
        "unexplained": "What is left of the user’s embedding when its neurons are taken away.",
        "together": "What the recommender makes of everything together, beyond switching off one neuron at a time.",
    }[part.kind]
