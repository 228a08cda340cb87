"""What was said of a neuron, in its order; one's own last step can be taken back and done again."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from explorer.audit import Audit, AuditStore, Review
from explorer.audit.steps import steps_of
from explorer.audit.values import same_reviewer
from explorer.runs import Run
from explorer.ui.address import asked_for, keep_address
from explorer.ui.audit.words import CONFIDENCE, VERDICT_TITLES, numbered_neuron
from explorer.ui.downloads import csv_button
from explorer.ui.errors import readable_errors, run_callback
from explorer.ui.grid import grid, ordered
from explorer.ui.tables import show_table
from explorer.ui.widgets import md

_TABLE = "audit-said"
_NEURON = "audit:history"
"""In the session: the neuron whose history is shown."""
_ACTIONS = {"review": "", "undo": "taken back", "redo": "said again", "import": "imported", "inherit": "carried over"}
_column = st.column_config


def history(run: Run, audit: Audit, reviewer: str) -> None:
    """The reviews of a run, and the history of one neuron."""
    state = st.session_state
    asked = asked_for("neuron", lambda said: numbered_neuron(said, run.index.n), key=_NEURON)
    if asked is not None:
        state[_NEURON] = asked
    known = {one.neuron for one in audit.reviews}
    shown = state.get(_NEURON)
    keep_address("neuron", "" if shown is None else str(shown), "neuron")
    if not known and shown is None:
        return
    with (
        st.expander("Everything that was said, and undo", icon=":material/history:", expanded=shown is not None),
        readable_errors(),
    ):
        table = _table(run, [one for one in audit.reviews if one.verdict or one.name or one.note])
        if len(table):
            grid(
                ordered(table, _TABLE),
                _COLUMNS,
                key=_TABLE,
                ids="id",
                chosen=[name for name, neuron in zip(table["id"], table["neuron"], strict=True) if neuron == shown],
                on_choose=lambda rows: state.update({_NEURON: int(rows[0].split()[0])}),
                label="What is said now, a row for each neuron and reviewer; the latest comes first",
                height=320,
            )
            csv_button(table.drop(columns="id"), f"reviews-{run.name}")
        if shown is not None:
            _neuron(run, shown, reviewer)


def _neuron(run: Run, neuron: int, reviewer: str) -> None:
    said = AuditStore(run).history(neuron)
    st.markdown(md("**Neuron {neuron} · {label}**", neuron=neuron, label=run.index.neurons["label"].iloc[neuron]))
    if not said:
        st.caption("Nobody has said anything of it yet.")
        return
    columns = {name: column for name, column in _COLUMNS.items() if name not in ("neuron", "label")} | _STEP
    show_table(_table(run, said), columns, alt=f"History of neuron {neuron}", height=300)
    mine = [one for one in said if same_reviewer(one.reviewer, reviewer)]
    if not mine:
        return
    done, undone = steps_of(mine)
    with st.container(horizontal=True):
        for label, step, able, icon in (
            ("Undo my last step", AuditStore(run).undo, done, "undo"),
            ("Redo", AuditStore(run).redo, undone, "redo"),
        ):
            st.button(
                label,
                disabled=not able,
                icon=f":material/{icon}:",
                key=f"audit:{icon}",
                on_click=run_callback,
                args=(step, neuron, reviewer, mine[-1].version),
            )


_COLUMNS = {
    "neuron": _column.NumberColumn("No."),
    "label": _column.TextColumn("Name"),
    "reviewer": _column.TextColumn("Reviewer"),
    "verdict": _column.TextColumn("Verdict"),
    "name": _column.TextColumn("Own name"),
    "note": _column.TextColumn("Note"),
    "tags": _column.TextColumn("Tags"),
    "confidence": _column.TextColumn("Confidence"),
    "blind": _column.CheckboxColumn("Blind"),
    "inherited": _column.TextColumn("Inherited from"),
    "at": _column.DatetimeColumn("When (UTC)"),
}
_STEP = {"action": _column.TextColumn("How")}


def _table(run: Run, said: list[Review]) -> pd.DataFrame:
    """Reviews as a table; the latest first."""
    labels = run.index.neurons["label"]
    said = sorted(said, key=lambda one: one.at, reverse=True)
    return pd.DataFrame(
        {
            "id": [f"{one.neuron} {one.reviewer} {one.version}" for one in said],
            "neuron": [one.neuron for one in said],
            "label": [labels.iloc[one.neuron] for one in said],
            "reviewer": [one.reviewer for one in said],
            "verdict": [VERDICT_TITLES.get(one.verdict) for one in said],
            "name": [one.name or None for one in said],
            "note": [one.note or None for one in said],
            "tags": [", ".join(one.tags) or None for one in said],
            "confidence": [None if one.confidence is None else CONFIDENCE[one.confidence - 1] for one in said],
            "blind": [one.blind for one in said],
            "inherited": [one.inherited or None for one in said],
            "at": pd.to_datetime([one.at for one in said], errors="coerce", utc=True),
            "action": [_ACTIONS.get(one.action, one.action) or None for one in said],
        }
    )
