"""Carry over what people said of an earlier run to this one."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from explorer.audit import AuditStore, open_run
from explorer.audit.about import ABOUT
from explorer.audit.carry import CarryOver, carry_over, plan
from explorer.audit.store import anything_said
from explorer.runs import Run
from explorer.text import md_escape
from explorer.ui.audit.words import VERDICT_TITLES
from explorer.ui.cache import runs_by_name
from explorer.ui.errors import readable_errors, run_callback
from explorer.ui.tables import show_table
from explorer.ui.widgets import md

_SOURCE, _LOOK = "audit:carry-from", "audit:carry-look"
_DONE = "audit:carried"
"""In the session: what was carried over last, in a sentence."""
_column = st.column_config


def carry_form(run: Run) -> None:
    """From which run, what would be carried over, and the button."""
    state = st.session_state
    done = state.pop(_DONE, None)
    # Open to be read, as after an import (see exchange_view.py).
    with (
        st.expander("Carry over from an earlier run", icon=":material/move_up:", expanded=done is not None),
        readable_errors(),
    ):
        if done:
            st.success(md_escape(done), icon=":material/check:")
        runs = {
            name: entry
            for name, entry in runs_by_name().items()
            if entry.manifest is not None
            and entry.manifest.digest != run.digest
            and entry.dataset == run.dataset.name
            and anything_said(entry.manifest.digest)
        }
        st.caption(ABOUT["inherited"])
        if not runs:
            st.info("Nobody has reviewed another run on the same data yet.", icon=":material/info:")
            return
        if state.get(_SOURCE) not in runs:
            state.pop(_SOURCE, None)
        source = st.selectbox("Run", list(runs), index=None, placeholder="an earlier run", key=_SOURCE)
        if source is None:
            return
        old = open_run(runs[source].path)
        with st.spinner("Matching neurons …"):
            found = plan(old, AuditStore(old).load(), run, AuditStore(run).load())
        st.markdown(md("{sentence}.", sentence=found.sentence().replace("carried over", "would be carried over", 1)))
        if found.carried:
            _table(run, found)
        st.button(
            "Carry over",
            type="primary",
            disabled=not found.carried,
            on_click=run_callback,
            args=(_carry, old, run),
        )


def _carry(old: Run, run: Run) -> None:
    st.session_state[_DONE] = f"{carry_over(old, run).sentence()}."


def _table(run: Run, found: CarryOver) -> None:
    labels = run.index.neurons["label"]
    table = pd.DataFrame(
        {
            "neuron": [said.neuron for said in found.carried],
            "label": [labels.iloc[said.neuron] for said in found.carried],
            "from": [found.counterparts[said.neuron][0] for said in found.carried],
            "similarity": [found.counterparts[said.neuron][1] for said in found.carried],
            "reviewer": [said.reviewer for said in found.carried],
            "verdict": [VERDICT_TITLES.get(said.verdict) for said in found.carried],
            "name": [said.name or None for said in found.carried],
        }
    )
    columns = {
        "neuron": _column.NumberColumn("No."),
        "label": _column.TextColumn("Name here"),
        "from": _column.NumberColumn("Of neuron"),
        "similarity": _column.NumberColumn("Similarity", format="%.2f"),
        "reviewer": _column.TextColumn("Reviewer"),
        "verdict": _column.TextColumn("Verdict"),
        "name": _column.TextColumn("Own name"),
    }
    show_table(table, columns, alt="What would be carried over", height=300)
