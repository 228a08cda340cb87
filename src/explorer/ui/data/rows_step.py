"""The third step: what became of every row."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from explorer.data.source.reading import Reading
from explorer.text import md_escape, percent
from explorer.ui.downloads import csv_button

MAX_SHOWN = 200
"""Rows that were left out and are shown; the CSV has all that were kept with their reason."""


def rows_step(reading: Reading) -> None:
    """Rows in, rows kept and rows left out by reason, for each file."""
    lines = [
        {"file": file.name, "what": "kept", "rows": file.kept, "share": percent(file.kept / max(file.rows, 1))}
        for file in reading.report.files
    ]
    for file in reading.report.files:
        lines += [
            {"file": file.name, "what": f"left out: each {reason}", "rows": n, "share": percent(n / file.rows)}
            for reason, n in file.reasons.items()
        ]
    table = pd.DataFrame(lines).sort_values("file", kind="stable")
    st.dataframe(
        table,
        hide_index=True,
        width="stretch",
        column_config={
            "file": "File",
            "what": "What became of them",
            "rows": st.column_config.NumberColumn("Rows", format="localized"),
            "share": "Share of the file",
        },
    )
    rejected = reading.report.rejected
    if len(rejected):
        with st.expander(f"Rows that were left out ({len(rejected):,})", icon=":material/block:"):
            shown = rejected.head(MAX_SHOWN).assign(file=rejected["file"].str.split("/").str[-1])
            st.dataframe(shown.astype({"cell": "string"}), hide_index=True, width="stretch")
            csv_button(rejected, "rejected-rows", "All as CSV", "File, row, reason and content of each.")
    else:
        st.caption("Every row is used.")
    if reading.report.noticed:
        st.info("\n".join(f"- {md_escape(sentence)}" for sentence in reading.report.noticed), icon=":material/info:")
