"""The progress of what a process in the background does for a run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from explorer.jobs.folder import Status
from explorer.ui.errors import fragment
from explorer.ui.widgets import md


def follow(read: Callable[[Path], Status | None], run_folder: Path, doing: str) -> None:
    """Show every second how far it is, until it has ended.

    read: its state; None if there is none. doing: what it does, in words.
    """
    fragment(_progress, run_every=1.0)(read, run_folder, doing)


def _progress(read: Callable[[Path], Status | None], run_folder: Path, doing: str) -> None:
    """A bar; the whole page again when it has ended."""
    state = read(run_folder)
    if state is None or state.state == "failed":
        st.rerun()
    st.progress(min(1.0, state.done), text=md("{doing}: {message}", doing=doing, message=state.message or "starting"))
