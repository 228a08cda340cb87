"""Browse the neurons of a run: which there are, and what one of them stands for."""

import random

import pandas as pd
import streamlit as st

from explorer import glossary
from explorer.neurons import find_neurons
from explorer.runs import Run
from explorer.stability import load_stability
from explorer.text import percent
from explorer.ui.address import asked_for, keep_address
from explorer.ui.cache import names_beside_random
from explorer.ui.cards import flag_texts
from explorer.ui.downloads import csv_button
from explorer.ui.errors import show_callback_error
from explorer.ui.frame import ensure_shell, page_header, page_title
from explorer.ui.grid import grid, ordered
from explorer.ui.neuron_card import neuron_details
from explorer.ui.run_picker import current_run
from explorer.ui.stability_panel import stability_panel, with_stability
from explorer.ui.tables import neuron_columns

FILTERS = {"words": "", "genre": None, "least": 0, "named": False, "stable": False}
"""Keys of the filters, with what lets everything through."""
KEY = "neurons"


def matching(run: Run) -> pd.DataFrame:
    """The neurons that the filters let through, in the order of the table. The open neuron is one of them: a filter
    that hides it opens the first hit, and a neuron asked for by number or address clears filters that hide it."""
    state, n = st.session_state, run.index.n
    asked = asked_for("neuron", lambda text: neuron_number(text, n), key="neuron")
    if asked is not None:
        state["neuron"] = asked
    if state.get("genre") not in (None, *run.dataset.genres):
        state["genre"] = None
    found = filtered(run)
    open_ = state.get("neuron", -1)
    filtering = state.pop("_filtering", False)
    if not 0 <= open_ < n or (filtering and open_ not in set(found["neuron"])):
        if len(found):
            state["neuron"] = int(found["neuron"].iloc[0])
    elif open_ not in set(found["neuron"]):
        clear_filters()
        found = filtered(run)
    return found


def neuron_number(text: str, n: int) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 and int(text) < n else None


def filtered(run: Run) -> pd.DataFrame:
    words, genre, least, named, stable = (st.session_state.get(name, value) for name, value in FILTERS.items())
    found = find_neurons(run.index, run.dataset, words, genre, least / 100, named)
    nouns = run.dataset.nouns
    found = found.assign(flags=[", ".join(flag_texts(row, nouns)) for row in found.to_dict("records")])
    return ordered(with_stability(found, load_stability(run.path), stable), KEY)


def filters(run: Run) -> None:
    facet = run.dataset.nouns.facet
    search, genre, purity, named = st.columns([3, 2, 2, 2], vertical_alignment="bottom")
    options = {"persist_state": "session", "on_change": lambda: st.session_state.update(_filtering=True)}
    search.text_input("Search names and titles", key="words", placeholder=f"a {facet}, a decade, a title …", **options)
    genre.selectbox(
        facet.capitalize(),
        [None, *run.dataset.genres],
        format_func=lambda name: f"Any {facet}" if name is None else name,
        key="genre",
        **options,
    )
    purity.slider("Minimum purity@10", 0, 100, 0, 10, format="%d%%", key="least", help=glossary.PURITY, **options)
    with named:
        st.toggle(
            "Only neurons with a name",
            key="named",
            help="Leaves out neurons that are called after examples, and those that never fire.",
            **options,
        )
        found = load_stability(run.path)
        if found is not None and not found.problem:
            st.toggle("Only stable neurons", key="stable", help=glossary.STABLE_SAMPLE, **options)


def clear_filters() -> None:
    st.session_state.update(FILTERS)


def table(run: Run, found: pd.DataFrame) -> None:
    """The table; a click on a row opens its neuron on the right."""
    grid(
        found,
        neuron_columns(run.dataset.nouns),
        key=KEY,
        ids="neuron",
        chosen=[st.session_state["neuron"]],
        on_choose=lambda rows: open_neuron(rows[0]),
        label="Neurons with name, whether it holds, average precision, purity, and shares of items and users",
        height=620,
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"{len(found):,} of {run.index.n:,} neurons", width="stretch")
        csv_button(found, f"neurons-{run.name}", explanation="The neurons shown, as a table.")
    stability_panel(run)
    st.caption(about_names(run))


def about_names(run: Run) -> str:
    """How many names hold, beside those of random directions."""
    found = names_beside_random(run)
    if found is None:
        return "The names of this run were not checked; `python -m explorer evaluate RUN --update` does that."
    chance = found["random"]
    return (
        f"{percent(found['named'])} of the neurons that fire have a name that holds, on average for "
        f"{percent(found['holds'])} of the items. Of random directions that fire as often {percent(chance['named'])} "
        f"would get one, which holds for {percent(chance['holds'])}."
    )


def walk(run: Run, found: pd.DataFrame) -> None:
    """The number of the open neuron, and ways to the one before, the next and a random one of the table."""
    number, back, on, chance = st.columns([2, 1, 1, 1])
    number.number_input(
        "Number of the neuron", 0, run.index.n - 1, key="neuron", persist_state="session", label_visibility="collapsed"
    )
    rows = found["neuron"].tolist()
    here = rows.index(st.session_state["neuron"])
    for column, icon, row, explanation in (
        (back, "chevron_left", rows[here - 1], "Previous neuron of the table"),
        (on, "chevron_right", rows[(here + 1) % len(rows)], "Next neuron of the table"),
        (chance, "shuffle", None, "A random neuron of the table"),
    ):
        column.button(
            f":material/{icon}:",
            key=f"neurons:{icon}",
            on_click=lambda row=row: open_neuron(random.choice(rows) if row is None else row),
            help=explanation,
            width="stretch",
        )


def open_neuron(neuron: int) -> None:
    st.session_state["neuron"] = int(neuron)


ensure_shell()
page_header("Neurons", "What does each neuron stand for, and how sure can we be? Click a row, or walk with ↑ and ↓.")
run = current_run()
show_callback_error()
found = matching(run)
filters(run)
if found.empty:
    st.info("No neuron matches.", icon=":material/search_off:")
    st.button("Clear the filters", on_click=clear_filters)
else:
    neuron = st.session_state["neuron"]
    page_title(f"Neuron {neuron} {run.index.neurons['label'].iloc[neuron]}")
    keep_address("neuron", str(neuron), "neuron")
    left, right = st.columns([11, 10], gap="small")
    with left:
        table(run, found)
    with right, st.container(border=True):
        with st.container(key="walk"):
            walk(run, found)
        neuron_details(run, neuron)
