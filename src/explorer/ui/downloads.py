"""Take a table away as a file."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import streamlit as st

from explorer.text import csv_bytes


def csv_button(table: pd.DataFrame, name: str, label: str = "CSV", explanation: str | None = None) -> None:
    """A button that saves the table as `name`.csv; the page does not run again for it."""
    st.download_button(
        label,
        csv_bytes(table),
        f"{name}.csv",
        "text/csv",
        on_click="ignore",
        icon=":material/download:",
        help=explanation,
    )


def file_button(
    make: Callable[[], bytes], name: str, kind: str, label: str, explanation: str | None = None, key: str | None = None
) -> None:
    """A button that saves what is made when it is pressed; the page does not run again for it.

    name: of the file, with its ending; kind: its media type.
    """
    st.download_button(
        label, make, name, kind, on_click="ignore", icon=":material/download:", help=explanation, key=key
    )
