"""Which sliders: the choice above the board, pins, and the search for concepts."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from explorer import glossary
from explorer.runs import Run
from explorer.steering.grouping import concepts_of, fires_on_users, remembered
from explorer.steering.knobs import (
    KNOB_CHOICES,
    Found,
    Knob,
    choose_knobs,
    knob_label,
    knobs_recommending,
    search_knobs,
)
from explorer.steering.scores import PersonScores
from explorer.ui.errors import fragment
from explorer.ui.steering import state
from explorer.ui.widgets import md

_NAMES = {"strongest": "Strongest", "causal": "Most causal", "concepts": "Concepts"}
_HOW, _PINS, _WORDS, _ITEM = "sliders:how", "sliders:pins", "sliders:words", "sliders:item"
_MAX_ITEMS = 50
"""Items that a search for a title offers."""
_MAX_FOUND = 6


def pick_knobs(run: Run, scores: PersonScores) -> list[Knob]:
    """Draw the choice and return the knobs that the board is to show, pinned ones first."""
    now = state.setting(run)
    st.session_state[_HOW] = now.sliders
    st.segmented_control(
        "Sliders",
        KNOB_CHOICES,
        required=True,
        format_func=_NAMES.get,
        key=_HOW,
        on_change=lambda: state.change(run, sliders=st.session_state[_HOW]),
        help=glossary.SLIDERS,
    )
    with st.popover(f"Find sliders · {len(now.pins)}" if now.pins else "Find sliders", icon=":material/search:"):
        _finder(run, scores)
    return choose_knobs(run, scores, now.sliders, pinned=now.pins, top=now.top)


@fragment
def _finder(run: Run, scores: PersonScores) -> None:
    """Pins, and the search; runs again by itself while somebody searches."""
    labels = _all_labels(run)
    st.session_state[_PINS] = [pin for pin in state.setting(run).pins if pin in labels]
    st.multiselect(
        "Pinned sliders",
        list(labels),
        format_func=labels.get,
        key=_PINS,
        on_change=lambda: state.set_pins(run, st.session_state[_PINS]),
        placeholder="name or number …",
        help=glossary.CONCEPT,
    )
    nouns = run.dataset.nouns
    words = st.text_input(
        f"Which concepts are about, or recommend, a {nouns.item}?",
        key=_WORDS,
        placeholder="a title, or a word of a name …",
        max_chars=200,
    )
    if words.strip():
        _found(
            run, search_knobs(run, words, _MAX_FOUND), f"About “{words.strip()}”, by name or strongest {nouns.items}"
        )
        _recommending(run, scores, words)
    if st.button("Show", type="primary", key="sliders:show", help="Show the pinned sliders on the board."):
        st.rerun()


def _recommending(run: Run, scores: PersonScores, words: str) -> None:
    """Which of the person's neurons recommend an item whose title has these words."""
    items, nouns = run.dataset.items, run.dataset.nouns
    hits = items["title"].str.contains(words.strip(), case=False, regex=False)
    rows = items[hits].sort_values("popularity", ascending=False, kind="stable").index[:_MAX_ITEMS].tolist()
    if not rows:
        st.caption(md("No {item} has “{words}” in its title.", item=nouns.item, words=words.strip()))
        return
    row = st.selectbox(
        f"{nouns.item.capitalize()} recommended to this person", rows, format_func=items["title"].get, key=_ITEM
    )
    _found(run, knobs_recommending(run, scores, row, _MAX_FOUND), "What lifts it for this person, most first")


def _found(run: Run, found: list[Found], title: str) -> None:
    """Knobs with a button each that pins it."""
    st.caption(md("{title}:" if found else "{title}: nothing.", title=title))
    pins = state.setting(run).pins
    for one in found:
        st.button(
            md("{label} · {why}", label=one.label, why=one.why),
            key=f"sliders:pin:{title[:5]}:{one.key}",
            type="tertiary",
            icon=":material/keep:" if one.key in pins else ":material/add:",
            disabled=one.key in pins,
            on_click=_pinner(run, one.key),
        )


def _pinner(run: Run, key: str) -> Callable[[], None]:
    return lambda: state.set_pins(run, [*state.setting(run).pins, key])


def _all_labels(run: Run) -> dict[str, str]:
    """Every knob's label by its key, concepts first."""

    def make() -> dict[str, str]:
        keys = [*concepts_of(run), *(str(k) for k, fires in enumerate(fires_on_users(run)) if fires)]
        return {key: knob_label(run, key) for key in keys}

    return remembered(run, "knob-labels", make)
