"""What people say of a neuron."""

from __future__ import annotations

import streamlit as st

from explorer.audit import Audit
from explorer.browse.card import reviews_of, standing_text
from explorer.runs import Run
from explorer.text import md_escape
from explorer.ui.address import parameters_of
from explorer.ui.cache import audit_problem
from explorer.ui.tables import review_columns, show_table
from explorer.ui.widgets import md


def show_reviews(run: Run, neuron: int, audit: Audit) -> None:
    """What stands, its own name, and every reviewer's verdict and note."""
    if problem := audit_problem():
        st.warning(md_escape(problem), icon=":material/error:")
        return
    st.markdown(f"**{md_escape(standing_text(audit, neuron))}**")
    if neuron in run.proposed:
        label = run.index.neurons["label"].iloc[neuron]
        st.caption(md("People call it {label}; proposed: {name}.", label=label, name=run.proposed[neuron]))
    resolved = audit.resolution(neuron)
    if resolved is not None:
        note = f": {resolved.note}" if resolved.note else ""
        st.caption(md("Agreed on, written down by {who}{note}", who=resolved.reviewer, note=note))
    table = reviews_of(audit, neuron)
    if table.empty:
        st.caption("Nobody has reviewed it yet.")
    else:
        show_table(table, review_columns(), height=300, alt="Reviews of the neuron")
    st.page_link(
        "pages/Audit.py",
        label="Review this neuron",
        icon=":material/fact_check:",
        query_params=parameters_of("pages/Audit.py", neuron=str(neuron)),
    )
