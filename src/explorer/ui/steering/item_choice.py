"""The choices of the item view: the item, its audience, and its neurons as sliders."""

from __future__ import annotations

import math
import re

import numpy as np
import streamlit as st

from explorer import glossary
from explorer.experiments.cohort import EVERYBODY
from explorer.experiments.items import Exposure, neuron_reach
from explorer.runs import Run
from explorer.steering.grouping import concepts_of
from explorer.ui.item_search import pick_item
from explorer.ui.steering.item_setting import change_item, item_setting, set_value
from explorer.ui.widgets import md

_STRONGEST, _EFFECTIVE = 4, 4
_LOW, _HIGH, _STEP = -1.0, 3.0, 0.05
_MAX_FACETS = 30
_PLAIN = re.compile(r"[^\W\d_][\w' -]*")
_RESERVED = ("history", "popularity", "year")


# --- item and audience


def choose_item(run: Run, item: int) -> None:
    """Search by title; the chosen one is `item`."""
    pick_item(run, item, f"item:choice:{run.path}", lambda row: change_item(run, item=row))


def choose_audience(run: Run) -> None:
    """Everybody, a genre's fans, those on whom a neuron fires most, or any other rule."""
    now, key = item_setting(run).audience, f"item:audience:{run.path}"
    names = audience_names(run)
    rules = [*names, *([] if now in names else [now])]
    st.session_state[key] = now
    st.selectbox(
        "Audience",
        rules,
        format_func=lambda rule: names.get(rule, rule),
        key=key,
        accept_new_options=True,
        on_change=lambda: change_item(run, audience=st.session_state[key] or EVERYBODY),
        help=glossary.AUDIENCE,
        width=300,
    )


def audience_names(run: Run) -> dict[str, str]:
    """The rules that are offered, and what they are called."""
    labels = run.index.neurons["label"]
    named = np.flatnonzero(run.index.named & (run.index.neurons["max_users"] > 0))
    return {
        EVERYBODY: "Everybody",
        **{rule: f"Fans of {facet}" for facet, rule in fan_rules(run, _MAX_FACETS).items()},
        **{f"top 10% of neuron {k}": f"Strongest tenth on {k} · {labels[k]}" for k in named[:_MAX_FACETS]},
    }


def fan_rules(run: Run, most: int, item: int | None = None) -> dict[str, str]:
    """The rule of the fans of each genre: those of an item first, then the most common ones."""
    genres, counts = run.dataset.genres, run.dataset.genre_matrix.sum(axis=0)
    own = list(run.dataset.items["genres"].iloc[item]) if item is not None else []
    common = [genres[column] for column in np.argsort(-counts, kind="stable")]
    wanted = [genre for genre in dict.fromkeys([*own, *common]) if '"' not in genre]
    return {genre: f"top 10% of {_in_rule(genre)}" for genre in wanted[:most]}


def _in_rule(genre: str) -> str:
    words = genre.casefold().split()
    plain = _PLAIN.fullmatch(genre) and "and" not in words and words[0] not in (*_RESERVED, "neuron", "list")
    return genre if plain else f'"{genre}"'


# --- neurons


def item_sliders(run: Run, exposure: Exposure, item: int, audience: np.ndarray | None) -> None:
    """A slider for each of the item's strongest neurons, for those that would take it to most of the audience, and for
    those added by hand."""
    own, changed = exposure.values(item), dict(item_setting(run).changed)
    firing = int((own > 0).sum())
    strongest = [int(k) for k in np.argsort(-own, kind="stable")[: min(_STRONGEST, firing)]]
    effective = _effective(exposure, item, audience, strongest)
    added = [k for k in changed if k not in strongest and k not in effective]
    nouns = run.dataset.nouns
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(md("**Strongest neurons of this {item}**", item=nouns.item), help=glossary.ITEM_SLIDER)
        st.button(
            "Reset",
            icon=":material/restart_alt:",
            type="tertiary",
            on_click=lambda: change_item(run, changed=()),
            disabled=not changed,
        )
    if not strongest:
        st.info(f"No neuron fires on this {nouns.item}.", icon=":material/info:")
    with st.container(key="sliders", gap="xxsmall"):
        for neuron in strongest:
            _slider(run, item, neuron, float(own[neuron]), changed.get(neuron))
        if effective:
            st.markdown("**Would reach most of this audience**", help="The neurons that, set to 1, reach most users.")
        for neuron in effective:
            _slider(run, item, neuron, float(own[neuron]), changed.get(neuron))
        if added:
            st.markdown("**Added**")
        for neuron in added:
            _slider(run, item, neuron, float(own[neuron]), changed.get(neuron))
    with st.container(horizontal=True):
        _add(run, own, {*strongest, *effective, *added})
        _raise_concept(run, own)


def _effective(exposure: Exposure, item: int, audience: np.ndarray | None, without: list[int]) -> list[int]:
    if not exposure.run.recommender.dot_product:
        return []
    reach, fires = neuron_reach(exposure, item, audience), exposure.run.index.neurons["max_items"].to_numpy() > 0
    return [int(k) for k in np.argsort(-reach, kind="stable") if fires[k] and k not in without][:_EFFECTIVE]


def _slider(run: Run, item: int, neuron: int, own: float, value: float | None) -> None:
    shown = own if value is None else value
    key = f"item-{run.path}-{item}-{neuron}"
    st.session_state[key] = shown
    st.slider(
        md("{k} · {label}", k=neuron, label=run.index.neurons["label"][neuron]),
        min(_LOW, math.floor(shown)),
        max(_HIGH, math.ceil(shown)),
        step=_STEP,
        key=key,
        on_change=lambda: set_value(run, neuron, round(float(st.session_state[key]), 4)),
        help=f"Without a change: {own:.2f}. {glossary.ITEM_SLIDER.sentence}",
    )
    st.html(_marks(own, min(_LOW, math.floor(shown)), max(_HIGH, math.ceil(shown))))


def _marks(own: float, low: float, high: float) -> str:
    """Below a slider: where off, the strongest item and this item without a change are."""

    def mark(value: float, name: str, text: str) -> str:
        at = (value - low) / (high - low)
        return f'<span class="{name}" style="left:calc(6px + (100% - 12px) * {at:.4f})" title="{text}">{text}</span>'

    marks = [mark(0.0, "mark", "off"), mark(1.0, "mark", "strongest"), mark(own, "own", "▲")]
    return f'<div class="slider-marks" aria-hidden="true">{"".join(marks)}</div>'


def _add(run: Run, own: np.ndarray, shown: set[int]) -> None:
    labels, key = run.index.neurons["label"], f"item:add:{run.path}"
    rest = [int(k) for k in np.flatnonzero(run.index.neurons["max_items"] > 0) if k not in shown]

    def add() -> None:
        neuron = st.session_state[key]
        st.session_state[key] = None
        if neuron is not None:
            set_value(run, neuron, float(own[neuron]))

    st.selectbox(
        "Add a neuron",
        rest,
        index=None,
        format_func=lambda k: f"{k} · {labels[k]}",
        key=key,
        on_change=add,
        placeholder="number or name …",
        width=230,
    )


def _raise_concept(run: Run, own: np.ndarray) -> None:
    """All neurons of a concept at once, to where the strongest item is."""
    concepts, key = concepts_of(run), f"item:concept:{run.path}"

    def bring() -> None:
        name = st.session_state[key]
        st.session_state[key] = None
        if name is not None:
            for neuron in concepts[name].neurons:
                set_value(run, neuron, max(float(own[neuron]), 1.0))

    if len(concepts):
        st.selectbox(
            "Bring a whole concept to 1",
            list(concepts),
            index=None,
            key=key,
            on_change=bring,
            placeholder="name …",
            help=glossary.CONCEPT,
            width=230,
        )
