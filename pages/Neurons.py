"""Browse the neurons of a run: which there are, and what one of them stands for."""

import hashlib
import random

import pandas as pd
import streamlit as st

from explorer import glossary
from explorer.figures import audience_figure, decades_figure, genre_colours, popularity_figure, purity_figure
from explorer.neurons import PROFILE_DEPTH, PURITY_DEPTHS, find_neurons
from explorer.runs import Run
from explorer.steering import is_exact, strongest_effects
from explorer.text import md_escape, number, percent
from explorer.ui.cache import theme
from explorer.ui.cards import neuron_sentence
from explorer.ui.downloads import csv_button
from explorer.ui.frame import ensure_shell
from explorer.ui.run_picker import current_run
from explorer.ui.tables import genre_columns, item_columns, neuron_columns, show_table

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
        "Purity@10 at least", 0, 100, 0, 10, format="%d%%", key="least", persist_state="session", help=glossary.PURITY
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
    if raw is not None and raw != state.get("_neuron_url") and raw.isdecimal() and len(raw) < 9 and int(raw) < n:
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
    facts(run, row)
    parts = {
        "Items and genres": show_items_and_genres,
        "Popularity and era": show_profiles,
        "Users": show_top_users,
        "Effect": show_effects,
    }
    for tab, show in zip(st.tabs(list(parts), key="card_tab", on_change="rerun"), parts.values(), strict=True):
        if tab.open:
            with tab:
                show(run, neuron)


def show_items_and_genres(run: Run, neuron: int) -> None:
    show_items(run, neuron)
    show_genres(run, neuron)


def facts(run: Run, row: pd.Series) -> None:
    with st.container(horizontal=True):
        if len(run.sae.levels) > 1:
            level = run.sae.level_of(int(row["neuron"]))
            st.metric("Level", f"{level} of {len(run.sae.levels)}", help=glossary.LEVEL)
        st.metric("Popularity", number(row["popularity"], "{:.0f} / 100"), help=glossary.POPULARITY)
        st.metric("Mean year", number(row["year"], "{:.0f}"), help=glossary.YEAR)
        alike = number(row["ms_items_base_rate"], "{:.2f}")
        st.metric(
            "MS score",
            number(row["ms_items"], "{:.2f}"),
            help=f"{glossary.MS}\n\nMean over all pairs of items: {alike}.",
        )
        st.metric("Maximum", number(row["max_activation"], "{:.2f}"), help=glossary.ACTIVATION)


def show_items(run: Run, neuron: int) -> None:
    top = run.index.top_items
    top = top[top["neuron"] == neuron]
    support = run.config.neurons.min_support
    if top.empty:
        st.info(
            f"It fires on no item with at least {support} interactions; only such items are ranked.",
            icon=":material/info:",
        )
        return
    which = st.segmented_control(
        "Items",
        ["Strongest", "Spread", "Random"],
        default="Strongest",
        required=True,
        key="which_items",
        persist_state="session",
        label_visibility="collapsed",
        help="Spread: items at several points of its range, so that you see what weaker firing means. Random: items "
        "on which it fires.",
    )
    largest = top["activation"].max()
    if which == "Strongest":
        table, columns = with_items(run, top), ("rank", "title", "activation", "genres", "year", "popularity")
        below = f"Items with at least {support} interactions; the {len(top)} strongest."
    else:
        table, columns = examples(run, neuron, which), ("share", "title", "activation", "genres", "year", "popularity")
        below = f"Items with at least {support} interactions on which it fires."
    show_table(table, item_columns(*columns, largest=largest), height=387, alt=f"{which} items of the neuron")
    left, right = st.columns([3, 1], vertical_alignment="center")
    left.caption(below)
    with right:
        csv_button(table.drop(columns="row"), f"neuron-{neuron}-items")


def examples(run: Run, neuron: int, which: str) -> pd.DataFrame:
    """Items at quantiles of the neuron's activations, or random ones."""
    rows = run.index.examples
    kind = "quantile" if which == "Spread" else "random"
    rows = rows[(rows["neuron"] == neuron) & (rows["kind"] == kind)]
    rows = rows.assign(share=[f"{percent(q)} below" if pd.notna(q) else None for q in rows["quantile"]])
    return with_items(run, rows.drop(columns=["kind", "quantile"]))


def with_items(run: Run, ranked: pd.DataFrame) -> pd.DataFrame:
    """Rows of `row` and something else, with the items' titles, genres, years and popularity."""
    items = run.dataset.items.iloc[ranked["row"]].reset_index(drop=True)
    return pd.concat([ranked.drop(columns="neuron", errors="ignore").reset_index(drop=True), items], axis=1)


def show_genres(run: Run, neuron: int) -> None:
    if not run.dataset.genres:
        st.info("This data set has no genres, so there is no purity.", icon=":material/info:")
        return
    k = st.segmented_control(
        "Genre purity of the strongest",
        PURITY_DEPTHS,
        default=PURITY_DEPTHS[0],
        required=True,
        key="depth",
        persist_state="session",
        help=f"{glossary.PURITY}\n\nThe mark: {glossary.BASE_RATE}",
    )
    purity = run.index.purity_of(neuron, k)
    if purity.empty:
        st.info(
            f"It fires on fewer than {k} ranked items, so there is no purity@{k}. Look at fewer, or at its top items.",
            icon=":material/info:",
        )
    else:
        st.plotly_chart(
            purity_figure(purity, k, theme(), genre_colours(run.dataset, theme())),
            key=f"purity-{neuron}-{k}",
            config={"displayModeBar": False},
            alt=f"Bar chart: share of each genre among the {k} strongest items",
        )
        table = purity.merge(run.index.association_of(neuron)[["genre", "auc", "ap"]], on="genre", how="left")
        with st.expander("How sure is that? Every genre in numbers", icon=":material/rule:"):
            table["interval"] = [
                f"{percent(low)} – {percent(high)}" for low, high in zip(table["low"], table["high"], strict=True)
            ]
            show_table(table, genre_columns(), height=300, alt="Purity, interval, lift, p, AUC and AP per genre")
            csv_button(table.drop(columns="interval"), f"neuron-{neuron}-genres")


def show_profiles(run: Run, neuron: int) -> None:
    row = run.index.neurons.iloc[neuron]
    show_profile(
        run.index.popularity_profile,
        neuron,
        f"Popularity of its {PROFILE_DEPTH} strongest items, in tenths of the catalogue",
        f"Rank correlation of activation and popularity: {number(row['popularity_spearman'], '{:+.2f}')}",
        popularity_figure,
    )
    show_profile(
        run.index.decades,
        neuron,
        f"Release decades of its {PROFILE_DEPTH} strongest items",
        f"Rank correlation of activation and release year: {number(row['year_spearman'], '{:+.2f}')}",
        decades_figure,
    )


def show_profile(table: pd.DataFrame, neuron: int, title: str, below: str, figure) -> None:
    rows = table[table["neuron"] == neuron]
    st.markdown(f"**{title}**")
    if rows.empty:
        st.info(
            f"Nothing to show: it fires on fewer than {PROFILE_DEPTH} ranked items, or the data does not say.",
            icon=":material/info:",
        )
        return
    st.plotly_chart(
        figure(rows, PROFILE_DEPTH, theme()),
        key=f"{figure.__name__}-{neuron}",
        config={"displayModeBar": False},
        alt=f"Column chart: {title}",
    )
    st.caption(below)


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
    show_table(table.assign(user=table["user"].astype(str)), columns, height=250, alt="The neuron's strongest users")
    st.page_link(
        "pages/Steering.py",
        label=f"Steer user {users.iloc[0]}",
        icon=":material/tune:",
        query_params={"user": str(users.iloc[0])},
    )
    genres = run.index.user_genres
    genres = genres[genres["neuron"] == neuron]
    if not genres.empty:
        st.markdown(f"**What its {PROFILE_DEPTH} strongest users have had**, genres above the average first")
        st.plotly_chart(
            audience_figure(genres, PROFILE_DEPTH, theme(), genre_colours(run.dataset, theme())),
            key=f"audience-{neuron}",
            config={"displayModeBar": False},
            alt="Bar chart: share of each genre in the histories of the neuron's strongest users",
        )


def show_effects(run: Run, neuron: int) -> None:
    raised, lowered = strongest_effects(run, neuron, EFFECT_ITEMS)
    names = ("title", "effect", "genres", "year") if is_exact(run) else ("title", "half", "effect", "genres", "year")
    columns = item_columns(*names, exact=is_exact(run))
    explanation = glossary.EFFECT if is_exact(run) else glossary.EFFECT_ON_USERS
    st.markdown("**Raises most**", help=explanation)
    show_table(raised, columns, alt="Items whose score the neuron raises most")
    st.markdown("**Lowers most**", help=explanation)
    show_table(lowered, columns, alt="Items whose score the neuron lowers most")


ensure_shell()
introduction()
run = current_run()
found = filters(run)
left, right = st.columns([11, 10], gap="small")
with left:
    neuron_table(run, found)
with right, st.container(border=True):
    card(run, chosen_neuron(run, first=int(found["neuron"].iloc[0]) if len(found) else 0))
