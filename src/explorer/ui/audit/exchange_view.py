"""The audit as a file: taken away, and brought in after one has seen what that would change."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from explorer.audit import AuditStore
from explorer.audit.exchange import export_csv, export_json, import_record, preview_import, read_record
from explorer.audit.merging import Difference, Merged
from explorer.errors import UserError
from explorer.runs import Run
from explorer.text import md_escape
from explorer.ui.errors import run_callback
from explorer.ui.tables import show_table
from explorer.ui.widgets import md

_FILE, _OTHER, _OVERWRITE = "audit:file", "audit:other-run", "audit:overwrite"
_DONE = "audit:imported"
"""In the session: what the last import changed, in a sentence."""
_MAX_MIB = 200
_column = st.column_config


def exchange(run: Run, reviewer: str) -> None:
    """Export and import."""
    store = AuditStore(run)
    done = st.session_state.pop(_DONE, None)
    # What an import adds stands above and moves the box, which the browser then draws anew: open, to be read.
    with st.expander("Export and import", icon=":material/swap_vert:", expanded=done is not None):
        with st.container(horizontal=True):
            for label, make, end, kind, what in (
                ("JSON", export_json, "json", "application/json", "Everything that was ever said, with its history."),
                ("CSV", export_csv, "csv", "text/csv", "What is said now: a row for each neuron and reviewer."),
            ):
                st.download_button(
                    label,
                    lambda make=make: make(store),
                    f"audit-{run.name}.{end}",
                    kind,
                    on_click="ignore",
                    icon=":material/download:",
                    help=what,
                    key=f"audit:export-{end}",
                )
        file = st.file_uploader(
            "A JSON or CSV made by Export", type=["json", "csv"], max_upload_size=_MAX_MIB, key=_FILE
        )
        other = st.toggle(
            "It is of another run",
            key=_OTHER,
            help="What it says arrives as inherited: it counts once its reviewer confirms it.",
        )
        if done:
            st.success(md_escape(done), icon=":material/check:")
        if file is not None:
            _preview(store, file.getvalue(), file.name, reviewer, other)


def _preview(store: AuditStore, content: bytes, name: str, reviewer: str, other: bool) -> None:
    try:
        record = read_record(store, content, name, reviewer, other)
        found = preview_import(store, record)
    except UserError as problem:
        st.error(md_escape(problem), icon=":material/error:")
        return
    st.markdown(md("Importing it would mean: {sentence}.", sentence=found.sentence()))
    if found.conflicts:
        _conflicts(found.conflicts)
        st.toggle("Where they differ, take what the file says", key=_OVERWRITE, help="The history keeps both.")
    overwrite = bool(found.conflicts) and st.session_state.get(_OVERWRITE, False)
    st.button(
        "Import",
        type="primary",
        disabled=not (found.changes or overwrite),
        on_click=run_callback,
        args=(_import, store, record, overwrite, found),
    )


def _import(store: AuditStore, record, overwrite: bool, seen: Merged) -> None:
    st.session_state[_DONE] = f"Imported: {import_record(store, record, overwrite, seen).sentence()}."


def _conflicts(found: tuple[Difference, ...]) -> None:
    rows = [
        {
            "neuron": one.ours.neuron,
            "reviewer": one.ours.reviewer,
            **{f"{side}_{what}": getattr(getattr(one, side), what) for side in ("ours", "theirs") for what in _SHOWN},
        }
        for one in found
    ]
    sides = {"ours": "here", "theirs": "in the file"}
    columns = {
        "neuron": _column.NumberColumn("No."),
        "reviewer": _column.TextColumn("Reviewer"),
        **{
            f"{side}_{what}": _column.TextColumn(f"{what.capitalize()} {where}")
            for what in _SHOWN
            for side, where in sides.items()
        },
    }
    show_table(pd.DataFrame(rows), columns, alt="Where the file differs from what is said here", height=280)


_SHOWN = ("verdict", "name", "note")
