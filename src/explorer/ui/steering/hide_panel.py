"""Never show what fires on a neuron: the choice above a person's list."""

from __future__ import annotations

import numpy as np
import streamlit as st

from explorer import glossary
from explorer.errors import listed, shortened
from explorer.runs import Run
from explorer.steering.hiding import Hide, hidden_items
from explorer.text import md_escape
from explorer.ui.steering import state
from explorer.ui.widgets import md

_STEP = 0.05
_TITLES = 3


def hide_panel(run: Run) -> None:
    """Choose neurons, and from which share of the strongest item on; what that hides is named."""
    hide, nouns = state.setting(run).hide, run.dataset.nouns
    hidden = len(hidden_items(run, hide)) if hide else 0
    label = md("Hidden: {items}", items=nouns.count_items(hidden)) if hide else "Hide"
    with st.popover(label, icon=":material/visibility_off:"):
        _choose_neurons(run, hide)
        for each in hide:
            _choose_share(run, each)


def _choose_neurons(run: Run, hide: tuple[Hide, ...]) -> None:
    labels, key = run.index.neurons["label"], f"hide:{run.path}"
    options = np.flatnonzero(run.index.neurons["max_items"] > 0).tolist()
    shares = {each.neuron: each for each in hide}
    st.session_state[key] = [each.neuron for each in hide if each.neuron in options]
    st.multiselect(
        "Never show what fires on",
        options,
        format_func=lambda k: f"{k} · {labels[k]}",
        key=key,
        on_change=lambda: state.set_hidden(run, [shares.get(k, Hide(k)) for k in st.session_state[key]]),
        placeholder="number or name …",
        help=glossary.HIDDEN_ITEMS,
        width=360,
    )


def _choose_share(run: Run, hide: Hide) -> None:
    """From where on, with the titles on either side of the threshold."""
    nouns, key = run.dataset.nouns, f"hide:{run.path}:{hide.neuron}"
    label = run.index.neurons["label"][hide.neuron]
    st.session_state[key] = hide.share

    def change() -> None:
        share = round(float(st.session_state[key]), 4)
        now = state.setting(run).hide
        state.set_hidden(run, [Hide(one.neuron, share) if one.neuron == hide.neuron else one for one in now])

    st.slider(
        md("{k} · {label}: from this share of the strongest {item}", k=hide.neuron, label=label, item=nouns.item),
        0.0,
        1.0,
        step=_STEP,
        key=key,
        on_change=change,
    )
    st.caption(md_escape(threshold_text(run, hide)))


def threshold_text(run: Run, hide: Hide) -> str:
    """`180 films; the weakest of them: A, B, C. Just kept: D, E, F.`"""
    rows, nouns, titles = hidden_items(run, [hide]), run.dataset.nouns, run.dataset.items["title"]
    column = run.reconstruction.item_activations[:, hide.neuron].numpy()
    order = np.argsort(-column, kind="stable")
    kept = [row for row in order[len(rows) : len(rows) + _TITLES] if column[row] > 0]
    parts = [f"{nouns.count_items(len(rows))}; the weakest of them: {_named(titles, order[: len(rows)][-_TITLES:])}."]
    if len(kept):
        parts.append(f"Just kept: {_named(titles, kept)}.")
    return " ".join(parts)


def _named(titles, rows) -> str:
    return listed([shortened(title, 40) for title in titles.iloc[list(rows)]], _TITLES)
