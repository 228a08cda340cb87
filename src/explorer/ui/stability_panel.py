"""Whether neurons are found in another training: of one neuron, of all, and the button that has it measured."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from explorer import glossary
from explorer.jobs import control
from explorer.jobs.stability import DEFAULT_SEEDS, measuring
from explorer.runs import Run
from explorer.stability import Stability, about_summary, load_stability, summary_rows
from explorer.text import duration, md_escape
from explorer.ui.background import follow
from explorer.ui.errors import run_callback
from explorer.ui.tables import show_table, stability_columns


def stability_panel(run: Run) -> None:
    """All neurons beside the baselines; before that, the button that has them measured, and its progress."""
    found, state = load_stability(run.path), measuring(run.path)
    running = state is not None and state.state != "failed"
    with st.expander("Stability: are they found in another training?", icon=":material/repeat:", expanded=running):
        if running:
            follow(measuring, run.path, "Measuring stability")
            return
        if state is not None:
            st.error(md_escape(state.error or "The stability could not be measured."), icon=":material/error:")
        if found is not None:
            _summary(found)
        else:
            seconds = run.metrics.seconds.get("sae", 0) * 2 * DEFAULT_SEEDS
            st.caption(f"Not measured yet. It takes about {duration(seconds)}, in the background.")
        st.button(
            "Measure stability" if found is None else "Measure it again",
            icon=":material/repeat:",
            key="stability:measure",
            on_click=run_callback,
            args=(control.start_stability, run.path),
            help=glossary.MEASURE_STABILITY,
        )


def _summary(found: Stability) -> None:
    head, rows = summary_rows(found)
    st.caption(about_summary(found), help=glossary.STABILITY_COSINE)
    show_table(pd.DataFrame(rows, columns=head), stability_columns(head), alt="Stability of the neurons and baselines")
    if found.problem:
        st.info(md_escape(found.problem), icon=":material/info:")
