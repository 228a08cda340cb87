"""Promote or demote an item by its neurons, and see whom it reaches."""

from __future__ import annotations

import streamlit as st

from explorer.runs import Run


def show_item_view(run: Run) -> None:
    """The part of the Steering page about one item."""
    st.info(f"Here you will promote or demote one of the {run.dataset.nouns.items}.", icon=":material/info:")
