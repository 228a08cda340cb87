"""The card of a neuron: what it is and whether that is true first, then a tab for each further question.

Only the tab that is open is drawn, and all of it is read from the stored index.
"""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from explorer.audit import Audit
from explorer.runs import Run
from explorer.ui.address import asked_for, show_address
from explorer.ui.cache import open_audit
from explorer.ui.neurons.card_activations import show_activations
from explorer.ui.neurons.card_effects import show_effects
from explorer.ui.neurons.card_head import show_head
from explorer.ui.neurons.card_meaning import show_meaning
from explorer.ui.neurons.card_profiles import show_profiles
from explorer.ui.neurons.card_reviews import show_reviews
from explorer.ui.neurons.card_similar import show_similar
from explorer.ui.neurons.card_users import show_users

TAB = "card_tab"
"""In the session: the tab that is open."""
_CLICKED = "card_tab:clicked"
"""In the session: whether it was chosen just now; a click that comes while the browser still reports the address before
must not be undone by that."""


def neuron_details(run: Run, neuron: int, audit: Audit | None = None) -> None:
    """All that is known of one neuron. `audit`: what people say of the run; read here if it is not given."""
    audit = open_audit(run) if audit is None else audit
    show_head(run, neuron, audit)
    if run.index.neurons["max_activation"].iloc[neuron] == 0:
        return
    tabs = tabs_of(run, audit)
    asked, clicked = asked_for("tab", {name.lower(): name for name in tabs}.get), st.session_state.pop(_CLICKED, False)
    if asked is not None and not clicked:
        st.session_state[TAB] = asked
    elif st.session_state.get(TAB) not in tabs:
        st.session_state.pop(TAB, None)
    with st.container(key="card-tabs"):
        drawn = st.tabs(list(tabs), key=TAB, on_change=lambda: st.session_state.update({_CLICKED: True}))
    for tab, show in zip(drawn, tabs.values(), strict=True):
        if tab.open:
            with tab:
                show(run, neuron)
    first = next(iter(tabs))
    shown = next((name for tab, name in zip(drawn, tabs, strict=True) if tab.open), first)
    show_address({"tab": "" if shown == first else shown.lower()}, quiet=["tab"])


def tabs_of(run: Run, audit: Audit) -> dict[str, Callable[[Run, int], None]]:
    """What draws each tab; data that says no years has no eras."""
    profiles = "Popularity" if run.index.decades.empty else "Popularity and era"
    return {
        "Meaning": show_meaning,
        "Activations": show_activations,
        profiles: show_profiles,
        "Users": show_users,
        "Effect": show_effects,
        "Similar": show_similar,
        "Reviews": lambda run, neuron: show_reviews(run, neuron, audit),
    }
