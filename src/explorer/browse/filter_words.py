"""A filter of neurons in words: chips of its conditions, and what measures are called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from explorer.browse.filters import SHARES, NeuronFilter, by_facet
from explorer.browse.overview import TERMS
from explorer.data.nouns import ITEMS, Nouns

STANDING_WORDS = {"real": "real", "partly": "partly", "not": "not a concept", "disputed": "disputed", "open": "open"}
PART_WORDS = {part: term.title.lower() for part, term in TERMS.items()}
ONLY_WORDS = {"named": "Named", "significant": "Significant", "stable": "Stable", "trusted": "Without a warning"}


def chips(
    asked: NeuronFilter, nouns: Nouns = ITEMS, facet_of: Mapping[str, str] | None = None
) -> list[tuple[str, NeuronFilter]]:
    """Each condition in a few words, and the filter without it."""
    shown: list[tuple[str, NeuronFilter]] = []
    for name, ends in asked.ranges.items():
        shown.append((range_text(name, *ends, nouns), asked.ranged(name, None, None)))
    for values in by_facet(asked.about, facet_of or {}).values():
        others = tuple(value for value in asked.about if value not in values)
        shown.append((f"About {' or '.join(values)}", replace(asked, about=others)))
    if asked.verdict:
        words = " or ".join(STANDING_WORDS[one] for one in asked.verdict)
        shown.append((f"Verdict: {words}", replace(asked, verdict=())))
    if asked.part:
        shown.append((" or ".join(PART_WORDS[one] for one in asked.part).capitalize(), replace(asked, part=())))
    for name in asked.only:
        rest = tuple(one for one in asked.only if one != name)
        shown.append((ONLY_WORDS[name], replace(asked, only=rest)))
    return shown


def measure_words(nouns: Nouns = ITEMS) -> dict[str, str]:
    """What the measures are called."""
    return {
        "ap": "Average precision",
        "held_out": "Held-out purity",
        "purity": "Purity@10",
        "p": "p",
        "stability": "Stability",
        "stability_seed": "Stability, other seed",
        "name_holds": "Name holds",
        "density_items": f"Fires on {nouns.items}",
        "density_users": "Fires on users",
        "popularity": "Popularity",
        "year": "Year",
        "level": "Level",
        "reviews": "Reviewers",
    }


def range_text(name: str, low: float | None, high: float | None, nouns: Nouns = ITEMS) -> str:
    """`Held-out purity ≥ 80%`, `Year 1980 – 1989`."""
    label = measure_words(nouns)[name]
    ends = [None if end is None else _shown(name, end) for end in (low, high)]
    if ends[0] is not None and ends[1] is not None:
        return f"{label} {ends[0]}" if ends[0] == ends[1] else f"{label} {ends[0]} – {ends[1]}"
    return f"{label} ≥ {ends[0]}" if ends[0] is not None else f"{label} ≤ {ends[1]}"


def _shown(name: str, value: float) -> str:
    return f"{100 * value:.3g}%" if name in SHARES else f"{value:.4g}"


def filter_sentence(asked: NeuronFilter, nouns: Nouns = ITEMS) -> str:
    """All conditions on one line; empty if there is none."""
    return ", ".join(text for text, _ in chips(asked, nouns))
