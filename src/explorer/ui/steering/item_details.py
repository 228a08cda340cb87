"""What falls out of lists for a promoted item, and which users gain or lose it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from explorer import glossary
from explorer.experiments.items import Promotion
from explorer.runs import Run
from explorer.ui.downloads import csv_button
from explorer.ui.links import item_links, user_links
from explorer.ui.tables import item_columns, show_table

_MAX_ROWS = 200
_column = st.column_config


def item_details(run: Run, found: Promotion) -> None:
    """Four tables, once something is changed."""
    nouns = run.dataset.nouns
    if not found.changes:
        return
    gone, came, gained, lost = st.tabs(["Gives way to it", "Takes its place", "Users who gain it", "Users who lose it"])
    for tab, table, what, file in (
        (gone, found.displaced, f"{nouns.items} that fall out of lists for it", "fall-out"),
        (came, found.replaced_by, f"{nouns.items} that come into lists instead of it", "come-in"),
    ):
        with tab:
            _items_table(run, table, what, file)
    for tab, which, what, file in (
        (gained, found.gained, "users who gain it", "users-who-gain"),
        (lost, found.lost, "users who lose it", "users-who-lose"),
    ):
        with tab:
            _users_table(run, found, which, what, file)


def _items_table(run: Run, table: pd.DataFrame, what: str, file: str) -> None:
    if table.empty:
        st.caption(f"No {what}.")
        return
    shown = run.dataset.with_items(table)
    columns = {
        "users": _column.NumberColumn("Lists", format="localized", width=70, help=glossary.GIVES_WAY),
        **item_columns("title", "genres", "year", "popularity", nouns=run.dataset.nouns),
    }
    show_table(shown.head(_MAX_ROWS), columns, height=300, alt=what, links=item_links(shown.head(_MAX_ROWS), run))
    csv_button(shown.drop(columns="row"), file)


def _users_table(run: Run, found: Promotion, which: np.ndarray, what: str, file: str) -> None:
    if not which.any():
        st.caption(f"No {what}.")
        return
    ids = run.dataset.users["user_id"].iloc[found.users[which]].astype(str).to_numpy()
    table = pd.DataFrame({"user": ids, "before": found.before[which], "after": found.after[which]})
    table = table.sort_values(["after", "before"], kind="stable", ignore_index=True)
    columns = {
        "user": _column.TextColumn("User", width=120),
        "before": _column.NumberColumn("Rank before", format="localized", width=110, help=glossary.REACH_RANK),
        "after": _column.NumberColumn("Rank now", format="localized", width=110, help=glossary.REACH_RANK),
    }
    shown = table.head(_MAX_ROWS)
    item = str(run.dataset.items["item_id"].iloc[found.item])
    show_table(shown, columns, height=300, alt=what, links=user_links(shown["user"], item=item))
    csv_button(table, file)
