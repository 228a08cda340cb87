"""A list of neurons as a file: CSV for a spreadsheet, Parquet for a program."""

from __future__ import annotations

import io

import pandas as pd

from explorer.browse.table import mix_text
from explorer.text import csv_bytes


def neurons_csv(rows: pd.DataFrame) -> bytes:
    """Rows of `neuron_table`; the mix in words."""
    return csv_bytes(rows.assign(mix=[mix_text(mix) if mix else "" for mix in rows["mix"]]))


def neurons_parquet(rows: pd.DataFrame) -> bytes:
    """Rows of `neuron_table`; tags and the mix as lists, the latter of `facet` and `share`."""
    mixes = [[{"facet": facet, "share": share} for facet, share in mix or ()] for mix in rows["mix"]]
    buffer = io.BytesIO()
    rows.assign(mix=mixes, tags=[list(tags) for tags in rows["tags"]]).to_parquet(buffer, index=False)
    return buffer.getvalue()
