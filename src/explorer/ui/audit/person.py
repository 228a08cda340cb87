"""Who is reviewing: asked once and remembered by the browser, never in the address."""

from __future__ import annotations

import streamlit as st

from explorer.audit import AuditStore
from explorer.audit.checks import checked_reviewer
from explorer.errors import UserError
from explorer.runs import Run
from explorer.ui.audit.parts import script, text

REVIEWER = "audit:reviewer"
"""In the session: the name, empty where nobody said one; not there before the browser was asked."""
_PROBLEM = "audit:reviewer-problem"
"""In the session: what is wrong with the name that was typed."""
_KEY = "audit-person"
_component = st.components.v2.component(
    "explorer_person",
    html='<div class="person" role="group" aria-label="Reviewer"></div>',
    css=text("person.css"),
    js=script("keys", "person"),
)


def reviewer(run: Run) -> str | None:
    """Ask, or say who it is; returns the name, empty if there is none, None before the browser has answered."""
    state = st.session_state

    def heard() -> None:
        sent = (state.get(_KEY) or {}).get("name") or {}
        try:
            name = str(sent.get("name") or "")
            state[REVIEWER] = _as_known(run, checked_reviewer(name)) if name else ""
            state.pop(_PROBLEM, None)
        except UserError as problem:
            state[_PROBLEM] = str(problem)

    known = state.get(REVIEWER)
    _component(
        key=_KEY,
        data={
            "asked": known is not None,
            "reviewer": known or "",
            "known": _known(run),
            "problem": state.get(_PROBLEM, ""),
        },
        on_name_change=heard,
    )
    return known


def _known(run: Run) -> list[str]:
    try:
        return AuditStore(run).reviewers()
    except UserError:  # the page says so elsewhere
        return []


def _as_known(run: Run, name: str) -> str:
    """A name as it was written first, whatever the case."""
    return next((one for one in _known(run) if one.casefold() == name.casefold()), name)
