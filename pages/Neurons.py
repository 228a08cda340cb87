"""Browse the neurons of a run: which there are, and what one of them stands for."""

import hashlib
import random

import pandas as pd
import streamlit as st

from explorer.figures import decades_figure, purity_figure
from explorer.neurons import PROFILE_DEPTH, PURITY_DEPTHS, find_neurons
from explorer.runs import Run
from explorer.steering import affinity
from explorer.ui import words
from explorer.ui.cards import neuron_sentence
from explorer.ui.columns import item_columns, neuron_columns, show_table
from explorer.ui.downloads import csv_button
from explorer.ui.shell import current_run, ensure_shell
from explorer.ui.state import theme
from explorer.ui.text import md_escape, number

ANY_GENRE = "Any genre"
EFFECT_ITEMS = 10


def introduction() -> None:
    st.title("Neurons")
    st.caption(
        "What does each neuron stand for, and how sure can we be? Click a row to see the items and users on which "
        "it fires."
    )


def filters(run: Run) -> pd.DataFrame:
    """The neurons that the filters above the table let through."""
    search, genre, purity, named = st.columns([3, 2, 2, 2], vertical_alignment="bottom")
    words_ = search.text_input(
        "Search names and titles", key="words", persist_state="session", placeholder="a genre, a decade, a title …"
    )
    chosen = genre.selectbox("Genre", [ANY_GENRE, *run.dataset.genres], key="genre", persist_state="session")
    least = purity.slider(
        "Purity@10 at least", 0, 100, 0, 10, format="%d %%", key="least", persist_state="session", help=words.PURITY
    )
    named_only = named.toggle(
        "Named ones only",
        key="named",
        persist_state="session",
        help="Leaves out neurons whose meaning is unclear or that never fire.",
    )
    return find_neurons(
        run.index, run.dataset, words_, None if chosen == ANY_GENRE else chosen, least / 100, named_only
    )


def neuron_table(run: Run, found: pd.DataFrame) -> None:
    """The table; a click puts the neuron of that row on the right."""
    if found.empty:
        st.info("No neuron matches.", icon=":material/search_off:")
        st.button("Clear the filters", on_click=clear_filters)
        return
    numbers = found["neuron"].tolist()
    # The key carries what is shown: a row number must never be read against other rows.
    signature = hashlib.sha1(f"{run.path}{numbers}".encode()).hexdigest()[:12]
    key = f"neurons-{signature}"
    show_table(
        found,
        neuron_columns(),
        key=key,
        on_select=lambda: choose_row(numbers, key),
        selection_mode="single-row",
        height=560,
        alt="Table of neurons with name, purity, density, popularity and year",
    )
    left, right = st.columns([2, 1], vertical_alignment="center")
    left.caption(f"{len(found):,} of {run.index.n:,} neurons. Click a heading to sort.")
    with right:
        csv_button(found, f"neurons-{run.name}", explanation="The neurons shown, as a table.")


def clear_filters() -> None:
    st.session_state.update(words="", genre=ANY_GENRE, least=0, named=False)


def choose_row(numbers: list[int], key: str) -> None:
    rows = st.session_state[key].selection.rows
    if rows and rows[0] < len(numbers):  # a second click clears the selection: keep the neuron
        st.session_state["neuron"] = numbers[rows[0]]


def chosen_neuron(run: Run, first: int) -> int:
    """The neuron on show (at first the given one), kept in step with `?neuron=` in the URL."""
    state, n = st.session_state, run.index.n
    raw = st.query_params.get("neuron")
    if raw is not None and raw != state.get("_neuron_url") and raw.isdecimal() and int(raw) < n:
        state["neuron"] = int(raw)  # only a URL that this page did not write itself
    if not 0 <= state.get("neuron", -1) < n:
        state["neuron"] = first
    number, back, on, chance = st.columns([2, 1, 1, 1], vertical_alignment="bottom")
    neuron = number.number_input("Neuron", 0, n - 1, key="neuron", persist_state="session")
    back.button(":material/chevron_left:", on_click=step, args=(n, -1), help="Previous neuron", width="stretch")
    on.button(":material/chevron_right:", on_click=step, args=(n, 1), help="Next neuron", width="stretch")
    chance.button(
        ":material/shuffle:",
        on_click=lambda: state.update(neuron=random.randrange(n)),
        help="A random neuron",
        width="stretch",
    )
    state["_neuron_url"] = st.query_params["neuron"] = str(neuron)
    return int(neuron)


def step(n: int, by: int) -> None:
    st.session_state["neuron"] = (st.session_state["neuron"] + by) % n


def card(run: Run, neuron: int) -> None:
    """Everything about one neuron."""
    row = run.index.neurons.iloc[neuron]
    st.subheader(f"{neuron} · {md_escape(row['label'])}", anchor=False)
    st.markdown(neuron_sentence(run, neuron))
    if row["max_activation"] == 0:
        return
    facts(row)
    parts = {
        "Items and genres": show_items_and_genres,
        "Era": show_decades,
        "Users": show_top_users,
        "Effect": show_effects,
    }
    for tab, show in zip(st.tabs(list(parts), key="card_tab", on_change="rerun"), parts.values(), strict=True):
        if tab.open:
            with tab:
                show(run, neuron)


def show_items_and_genres(run: Run, neuron: int) -> None:
    show_top_items(run, neuron)
    show_genres(run, neuron)


def facts(row: pd.Series) -> None:
    with st.container(horizontal=True):
        st.metric("Popularity", number(row["popularity"], "{:.0f} / 100"), help=words.POPULARITY)
        st.metric("Mean year", number(row["year"], "{:.0f}"), help=words.YEAR)
        st.metric("Largest activation", number(row["max_activation"], "{:.2f}"), help=words.ACTIVATION)


def show_top_items(run: Run, neuron: int) -> None:
    top = run.index.top_items
    top = top[top["neuron"] == neuron]
    support = run.config.neurons.min_support
    if top.empty:
        st.info(
            f"It fires on no item with at least {support} interactions; only such items are ranked.",
            icon=":material/info:",
        )
        return
    table = with_items(run, top)
    columns = ("rank", "title", "activation", "genres", "year", "popularity")
    show_table(
        table,
        item_columns(*columns, largest=top["activation"].max()),
        height=387,
        alt="The items on which the neuron fires most strongly",
    )
    left, right = st.columns([3, 1], vertical_alignment="center")
    left.caption(f"Items with at least {support} interactions; the {len(top)} strongest.")
    with right:
        csv_button(table.drop(columns="row"), f"neuron-{neuron}-items")


def with_items(run: Run, ranked: pd.DataFrame) -> pd.DataFrame:
    """Rows of `row` and something else, with the items' titles, genres, years and popularity."""
    items = run.dataset.items.iloc[ranked["row"]].reset_index(drop=True)
    return pd.concat([ranked.drop(columns="neuron", errors="ignore").reset_index(drop=True), items], axis=1)


def show_genres(run: Run, neuron: int) -> None:
    k = st.segmented_control(
        "Genre purity of the strongest",
        PURITY_DEPTHS,
        default=PURITY_DEPTHS[0],
        required=True,
        key="depth",
        persist_state="session",
        help=f"{words.PURITY}\n\nThe mark: {words.BASE_RATE}",
    )
    purity = run.index.purity_of(neuron, k)
    if purity.empty:
        st.info(
            f"It fires on fewer than {k} ranked items, so there is no purity@{k}. Look at fewer, or at its top items.",
            icon=":material/info:",
        )
    else:
        st.plotly_chart(
            purity_figure(purity, k, theme()),
            key=f"purity-{neuron}-{k}",
            config={"displayModeBar": False},
            alt=f"Bar chart: share of each genre among the {k} strongest items",
        )


def show_decades(run: Run, neuron: int) -> None:
    decades = run.index.decades
    decades = decades[decades["neuron"] == neuron]
    if decades.empty:
        st.info(
            f"Nothing to show: it fires on fewer than {PROFILE_DEPTH} ranked items, or the data has no release years.",
            icon=":material/info:",
        )
    else:
        st.markdown(f"**Release decades of its {PROFILE_DEPTH} strongest items**")
        st.plotly_chart(
            decades_figure(decades, PROFILE_DEPTH, theme()),
            key=f"decades-{neuron}",
            config={"displayModeBar": False},
            alt="Column chart: share of each release decade among the 50 strongest items",
        )


def show_top_users(run: Run, neuron: int) -> None:
    top = run.index.top_users
    top = top[top["neuron"] == neuron]
    if top.empty:
        st.info("It fires on no user.", icon=":material/info:")
        return
    users = run.dataset.users["user_id"].iloc[top["row"]]
    table = top.assign(user=users.to_numpy())
    columns = item_columns("rank", "activation", largest=top["activation"].max())
    columns = {"rank": columns["rank"], "user": st.column_config.TextColumn("User"), **columns}
    show_table(table.assign(user=table["user"].astype(str)), columns, height=380, alt="The neuron's strongest users")
    st.page_link(
        "pages/Steering.py",
        label=f"Steer user {users.iloc[0]}",
        icon=":material/tune:",
        query_params={"user": str(users.iloc[0])},
    )


def show_effects(run: Run, neuron: int) -> None:
    effect = affinity(run, neuron)
    if effect is None:
        st.info(
            "This recommender's score is no dot product, so the effect depends on the user.", icon=":material/info:"
        )
        return
    ranked = run.dataset.items["popularity"] >= run.config.neurons.min_support
    table = run.dataset.items.assign(effect=effect)[ranked].sort_values("effect", ascending=False)
    columns = item_columns("title", "effect", "genres", "year")
    st.markdown("**Raises most**", help=words.EFFECT)
    show_table(table.head(EFFECT_ITEMS), columns, alt="Items whose score the neuron raises most")
    st.markdown("**Lowers most**", help=words.EFFECT)
    show_table(table.tail(EFFECT_ITEMS).iloc[::-1], columns, alt="Items whose score the neuron lowers most")


ensure_shell()
introduction()
run = current_run()
found = filters(run)
left, right = st.columns([11, 10], gap="small")
with left:
    neuron_table(run, found)
with right, st.container(border=True):
    card(run, chosen_neuron(run, first=int(found["neuron"].iloc[0]) if len(found) else 0))
