"""All runs: find, open, describe, rename, export, import and compare them."""

import pandas as pd
import streamlit as st

from explorer.errors import UserError
from explorer.figures import MAX_RUNS
from explorer.jobs.listing import list_runs
from explorer.runs import Run, RunEntry, runs_folder
from explorer.ui.cache import open_run, runs_by_name
from explorer.ui.errors import readable_errors, show_callback_error
from explorer.ui.frame import ensure_shell, page_header
from explorer.ui.grid import grid, ordered
from explorer.ui.run_card import import_form, run_details
from explorer.ui.run_comparison import compare_runs
from explorer.ui.tables import run_columns

KEY = "runs"
CHOSEN = "runs:chosen"
FILTERS = {"dataset": "Data set", "model": "Base model", "state": "State"}


def listed(entries: dict[str, RunEntry]) -> pd.DataFrame:
    """A row per run, and per training that is not done, as the table shows them."""
    table = list_runs(entries, runs_folder())
    table["created"] = pd.to_datetime(table["created"], errors="coerce", utc=True)
    table["note"] = table["note"].replace("", None)  # a column of which nothing is known is left out
    done = table["done"].map("{:.0%}".format, na_action="ignore")
    table["state"] = table["state"].where(table["done"].isna(), table["state"] + ", " + done.astype(str))
    return table


def filtered(table: pd.DataFrame) -> pd.DataFrame:
    """The rows that the filters above the table leave."""
    search, *columns = st.columns([3, 2, 2, 2])
    text = search.text_input(
        "Search", key="runs:search", persist_state="session", placeholder="name or note", icon=":material/search:"
    )
    for column, (name, label) in zip(columns, FILTERS.items(), strict=True):
        values = table[name].dropna().map(lambda value: str(value).split(",")[0])
        chosen = column.multiselect(
            label, sorted(set(values)), key=f"runs:{name}", persist_state="session", placeholder="all"
        )
        if chosen:
            table = table[values.reindex(table.index).isin(chosen)]
    if text:
        written = table["run"] + " " + table["note"].fillna("").astype(str)
        table = table[written.str.casefold().str.contains(text.casefold(), regex=False)]
    return ordered(table.reset_index(drop=True), KEY)


def choose(table: pd.DataFrame) -> list[str]:
    """The table; the names of its chosen rows. Something is always chosen: else the open run, else the first hit."""
    names = table["run"].tolist()
    wanted = [name for name in st.session_state.get(CHOSEN, []) if name in names]
    chosen = wanted or [name for name in (st.session_state.get("run"),) if name in names] or names[:1]
    st.session_state[CHOSEN] = chosen
    grid(
        table,
        run_columns(),
        key=KEY,
        ids="run",
        chosen=chosen,
        on_choose=lambda rows: st.session_state.update({CHOSEN: rows}),
        label="Runs with their data set, model, measures and state",
        several=True,
        height=380,
    )
    return chosen


def open_named(name: str, entries: dict[str, RunEntry]) -> Run:
    if name not in entries:
        raise UserError(f"The training {name} is not done, so it cannot be compared.")
    if entries[name].problem:
        raise UserError(entries[name].problem)
    return open_run(entries[name])


ensure_shell()
page_header(
    "Runs", "Click a run to see what can be done with it. Tick two or more, or click with Ctrl, to compare them."
)
show_callback_error()
entries = runs_by_name()
everything = listed(entries)
if everything.empty:
    st.info("There is no run yet. Train one, or import one from a zip.", icon=":material/info:")
    st.page_link("pages/Train.py", label="Train one", icon=":material/model_training:")
else:
    shown = filtered(everything)
    if shown.empty:
        st.info("No run matches the filters above.", icon=":material/search_off:")
    chosen = choose(shown) if len(shown) else []
    with readable_errors():
        if len(chosen) == 1:
            problem = shown.set_index("run")["problem"][chosen[0]]
            run_details(chosen[0], entries.get(chosen[0]), None if pd.isna(problem) else problem)
        elif len(chosen) > MAX_RUNS:
            st.info(f"At most {MAX_RUNS} runs can be compared at a time.", icon=":material/info:")
        elif chosen:
            compare_runs([open_named(name, entries) for name in chosen])
import_form()
