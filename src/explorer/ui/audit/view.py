"""Review neurons by hand: verdicts, names, tests, and whether reviewers agree."""

from __future__ import annotations

import streamlit as st

from explorer.runs import Run
from explorer.ui.address import asked_for, keep_address
from explorer.ui.audit.agreement_view import agreement_of_reviewers
from explorer.ui.audit.person import reviewer
from explorer.ui.audit.results_view import results
from explorer.ui.audit.review_view import review
from explorer.ui.audit.tests_view import tests

VIEWS = {"review": "Review", "tests": "Tests", "agreement": "Agreement", "results": "Results"}
_PARAMETERS = {
    "review": ("neuron", "neurons", "queue", "order", "sample", "seed"),
    "tests": ("test",),
    "agreement": ("neuron",),
    "results": ("neuron",),
}
"""What the address says of each view."""
_VIEW = "audit:view"


def show(run: Run) -> None:
    """The page, of an open run."""
    state = st.session_state
    asked = asked_for("view", lambda said: said if said in VIEWS else None, key=_VIEW)
    if asked is not None:
        state[_VIEW] = asked
    state.setdefault(_VIEW, "review")
    with st.container(horizontal=True, vertical_alignment="center", key="audit-top"):
        view = st.segmented_control(
            "View",
            list(VIEWS),
            format_func=VIEWS.get,
            required=True,
            key=_VIEW,
            persist_state="session",
            label_visibility="collapsed",
        )
        who = reviewer(run)
        beside = st.container(key="audit-beside", width="content")
    for name in {*_PARAMETERS["review"], *_PARAMETERS["tests"]} - set(_PARAMETERS[view]):
        keep_address(name, "", name)
    keep_address("view", "" if view == "review" else view, "view")
    if view == "review":
        if who:
            review(run, who, beside)
        _about(run, expanded=who == "")
    elif view == "tests":
        if who:
            tests(run, who)
        elif who == "":
            st.info("The tests ask you about items; say who you are first.", icon=":material/person:")
    elif view == "agreement":
        agreement_of_reviewers(run, who or "")
    else:
        results(run, who or "")


def _about(run: Run, expanded: bool) -> None:
    """What a reviewer must know, once."""
    items = run.dataset.nouns.items
    with st.expander("How to review", icon=":material/help:", expanded=expanded):
        st.markdown(f"You see {items} on which a neuron fires. Say whether they have something in common.")
        st.markdown(f"**Real**: the {items} have one thing in common, which you could name.")
        st.markdown(f"**Partly**: most of the strongest {items} do, beside others that have nothing to do with it.")
        st.markdown("**Not**: you see nothing that they have in common.")
        st.markdown("**Skip**: you do not know them well enough to say. It counts neither for nor against the neuron.")
        st.markdown("Each verdict is stored at once. What you type is kept in this browser until it is stored.")
        st.markdown("Your own name for a neuron replaces the proposed one on every page and in every export.")
