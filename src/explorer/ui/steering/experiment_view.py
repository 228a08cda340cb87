"""Experiments on many users: one concept over several doses."""

from __future__ import annotations

import streamlit as st

from explorer.runs import Run


def show_experiment_view(run: Run) -> None:
    """The part of the Steering page about a cohort of users."""
    st.info(f"Here you will run experiments on the users of {run.dataset.name}.", icon=":material/info:")
