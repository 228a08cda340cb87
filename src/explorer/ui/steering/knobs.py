"""Which sliders: the choice above the board, pins, and the search for concepts."""

from __future__ import annotations

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
    knobs_raising,
    knobs_recommending,
    search_knobs,
)
from explorer.steering.scores import PersonScores
from explorer.ui.errors import fragment
from explorer.ui.steering import state
from explorer.ui.widgets import md

_NAMES = {"strongest": "Strongest", "causal": "Most causal", "concepts": "Concepts", "pinned": "Pinned only"}
_HOW, _PINS, _WORDS, _ITEM = "sliders:how", "sliders:pins", "sliders:words", "sliders:item"
_PINNED = "sliders:pinned"
"""In the session: whether pins changed, which the board does not show yet."""
_MAX_ITEMS = 50
"""Items that a search for a title offers."""
_MAX_FOUND = 5


def pick_knobs(run: Run, scores: PersonScores) -> list[Knob]:
    """Draw the choice and return the knobs that the board is to show, pinned ones first."""
    now = state.setting(run)
    st.session_state[_HOW] = now.sliders
    st.segmented_control(
        "Sliders",
        [how for how in KNOB_CHOICES if how != "pinned" or now.pins or now.sliders == how],
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
        on_change=lambda: _pin(run, st.session_state[_PINS]),
        placeholder="name or number …",
        help=glossary.CONCEPT,
    )
    words = st.text_input(
        "Search", key=_WORDS, placeholder="a word of a name, or of a title …", max_chars=200, help=glossary.FIND_SLIDERS
    )
    if words.strip():
        strongest = f"Named so, or strongest on such {run.dataset.nouns.items}"
        _found(run, search_knobs(run, words, _MAX_FOUND), strongest)
        _recommending(run, scores, words)
    if st.session_state.pop(_PINNED, False):
        st.rerun()


def _recommending(run: Run, scores: PersonScores, words: str) -> None:
    """Which of the person's neurons recommend an item whose title has these words."""
    items, nouns = run.dataset.items, run.dataset.nouns
    hits = items["title"].str.contains(words.strip(), case=False, regex=False)
    rows = items[hits].sort_values("popularity", ascending=False, kind="stable").index[:_MAX_ITEMS].tolist()
    if not rows:
        st.caption(md("No {item} has “{words}” in its title.", item=nouns.item, words=words.strip()))
        return
    row = st.selectbox(f"Which concepts recommend this {nouns.item}?", rows, format_func=items["title"].get, key=_ITEM)
    _found(run, knobs_recommending(run, scores, row, _MAX_FOUND), "To this person")
    if run.recommender.dot_product:
        _found(run, knobs_raising(run, row, _MAX_FOUND), "To anybody, when they are raised")


def _found(run: Run, found: list[Found], title: str) -> None:
    """Knobs with a button each that pins it."""
    st.caption(f"{title}:" if found else f"{title}: none.")
    pins = state.setting(run).pins
    with st.container(gap="xxsmall"):
        for one in found:
            st.button(
                md("{label} · {why}", label=one.label, why=one.why),
                key=f"sliders:pin:{title[:8]}:{one.key}",
                type="tertiary",
                icon=":material/keep:" if one.key in pins else ":material/add:",
                disabled=one.key in pins,
                on_click=lambda key=one.key: _pin(run, [*state.setting(run).pins, key]),
            )


def _pin(run: Run, pins: list[str]) -> None:
    """The board is outside of what runs again by itself, so the page has to."""
    state.set_pins(run, pins)
    st.session_state[_PINNED] = True


def _all_labels(run: Run) -> dict[str, str]:
    """Every knob's label by its key, concepts first."""

    def make() -> dict[str, str]:
        keys = [*concepts_of(run), *(str(k) for k, fires in enumerate(fires_on_users(run)) if fires)]
        return {key: knob_label(run, key) for key in keys}

    return remembered(run, "knob-labels", make)
