"""What a run holds as files for other programs, and a report of it."""

from __future__ import annotations

import tempfile
from pathlib import Path

import streamlit as st

from explorer.api.exports import EXPORTS, export_run
from explorer.runs import Run, RunEntry
from explorer.ui.cache import open_run
from explorer.ui.widgets import md

_WHAT = {
    "report": "Report of the run",
    "neurons": "Neurons with names and measures",
    "activations": "Activations",
    "embeddings": "The recommender’s embeddings",
    "lists": "Everybody’s list",
}
_SIDED = ("activations", "embeddings")


def files_button(name: str, entry: RunEntry) -> None:
    """Choose what, of whom and in which format, and save it."""
    with st.popover("Files", icon=":material/download:"):
        what = st.selectbox("What", list(_WHAT), format_func=_WHAT.get, key="runs:files:what", persist_state="session")
        side = "items"
        if what in _SIDED:
            side = st.segmented_control(
                "Of", ["items", "users"], default="items", required=True, key="runs:files:side", persist_state="session"
            )
        ending = st.selectbox("Format", EXPORTS[what], key=f"runs:files:{what}")
        st.download_button(
            "Save",
            lambda: _made(open_run(entry), what, side, ending),
            f"{entry.path.name}-{what}{ending}",
            on_click="ignore",
            key=f"runs:files:save:{name}",
            icon=":material/save:",
            help=md("The same as “python -m explorer export {run} --what {what}”.", run=entry.path.name, what=what),
        )


def _made(run: Run, what: str, side: str, ending: str) -> bytes:
    with tempfile.TemporaryDirectory(prefix="explorer-") as folder:
        return export_run(run, Path(folder) / f"made{ending}", what, side).read_bytes()
